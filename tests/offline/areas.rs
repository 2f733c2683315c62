// SPDX-License-Identifier: GPL-2.0-or-later
// Traits, closures and iterators that are inlined into each other.
use std::collections::HashMap;

trait Shape {
    fn area(&self) -> f64;
}

struct Square(f64);
struct Circle(f64);

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.0 * self.0 * 3.14159
    }
}

fn shape(i: u32) -> Box<dyn Shape> {
    if i % 2 == 0 {
        Box::new(Square(i as f64))
    } else {
        Box::new(Circle(i as f64))
    }
}

fn main() {
    let mut sums: HashMap<String, f64> = HashMap::new();
    let shapes: Vec<Box<dyn Shape>> = (0..1000).map(shape).collect();

    for (i, one) in shapes.iter().enumerate() {
        *sums.entry(format!("k{}", i % 17)).or_insert(0.0) += one.area();
    }
    let mut lines: Vec<String> = sums
        .into_iter()
        .filter(|(_, area)| *area > 1.0)
        .map(|(name, area)| format!("{}={}", name, area))
        .collect();
    lines.sort_by(|a, b| b.cmp(a));
    println!("{}", lines.join(","));
}

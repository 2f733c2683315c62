// SPDX-License-Identifier: GPL-2.0-or-later

// What Go's linker puts into every program is much more than this.
package main

import (
	"fmt"
	"sort"
	"strings"
)

func main() {
	sums := map[string]int{}
	for i := 0; i < 1000; i++ {
		sums[fmt.Sprint(i%17)] += i
	}
	words := []string{}
	for word := range sums {
		words = append(words, word)
	}
	sort.Strings(words)
	fmt.Println(strings.Join(words, ","))
}

// SPDX-License-Identifier: GPL-2.0-or-later

// Writes a CPU profile and a heap profile of itself, as Go's runtime makes them.
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

var kept [][]byte

//go:noinline
func spin(until time.Time) (n int) {
	for time.Now().Before(until) {
		// In the vDSO Go itself may not know who called.
		for i := 0; i < 1000000; i++ {
			n += i ^ n
		}
	}
	return n
}

//go:noinline
func keep() {
	for i := 0; i < 64; i++ {
		kept = append(kept, make([]byte, 1<<20))
	}
}

func main() {
	cpu, _ := os.Create(os.Args[1])
	pprof.StartCPUProfile(cpu)
	spin(time.Now().Add(time.Second))
	pprof.StopCPUProfile()
	cpu.Close()
	keep()
	runtime.GC()
	heap, _ := os.Create(os.Args[2])
	pprof.Lookup("heap").WriteTo(heap, 0)
	heap.Close()
}

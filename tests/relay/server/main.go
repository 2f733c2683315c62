// SPDX-License-Identifier: GPL-2.0-or-later

// A server that takes push.v1 by the messages and handlers that Pyroscope publishes, checks what
// Pyroscope checks, and misbehaves on demand.
//
//	server serve -out FILE -port N -admin N [-cert FILE -key FILE]
//	server control PORT [mode=MODE&count=N&arg=ARG]   what the next N requests get
//	server sum FILE.pb...                             the sums of pprof files
//	server stored FILE                                the sums of what was stored, if it is right
//	server cert FILE KEYFILE                          a certificate that signs itself
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{
		"serve": serve, "sum": sum, "stored": stored, "cert": certificate, "control": ask,
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: server serve|control|sum|stored|cert ...")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

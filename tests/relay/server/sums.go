// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"sort"
	"time"

	googlev1 "github.com/grafana/pyroscope/api/gen/proto/go/google/v1"
	"google.golang.org/protobuf/proto"
)

type sums struct {
	types, functions map[string]int64
}

func newSums() sums { return sums{map[string]int64{}, map[string]int64{}} }

func (s sums) add(r *record) {
	for i, t := range r.Types {
		s.types[t] += r.Sums[i]
	}
	for name, v := range r.Functions {
		s.functions[name] += v
	}
}

func (s sums) print() {
	var lines []string
	for t, v := range s.types {
		lines = append(lines, fmt.Sprintf("sum %s %d", t, v))
	}
	for name, v := range s.functions {
		lines = append(lines, fmt.Sprintf("leaf %s %d", name, v))
	}
	sort.Strings(lines)
	for _, l := range lines {
		fmt.Println(l)
	}
}

func sum(files []string) error {
	all := newSums()
	for _, file := range files {
		plain, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		p := &googlev1.Profile{}
		if err := proto.Unmarshal(plain, p); err != nil {
			return err
		}
		r := summarize(p)
		all.add(&r)
	}
	all.print()
	return nil
}

// Adds up what was stored, in whatever order it came; a series' times must rise.
func stored(files []string) error {
	all := newSums()
	last := map[string]int64{}
	ids := map[string]bool{}
	var wrong []error
	bytesIn, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(bytesIn))
	lines.Buffer(nil, 64<<20)
	n := 0
	for lines.Scan() {
		r := &record{}
		if err := json.Unmarshal(lines.Bytes(), r); err != nil {
			return err
		}
		series, _ := json.Marshal(r.Labels)
		if r.Time <= last[string(series)] {
			wrong = append(wrong, fmt.Errorf("%s: time %d after %d", series, r.Time, last[string(series)]))
		}
		last[string(series)] = r.Time
		if ids[r.ID] {
			wrong = append(wrong, fmt.Errorf("%s came twice", r.ID))
		}
		ids[r.ID] = true
		all.add(r)
		n++
	}
	fmt.Fprintf(os.Stderr, "%d profiles of %d series\n", n, len(last))
	all.print()
	return errors.Join(wrong...)
}

// A certificate that signs itself, for 127.0.0.1.
func certificate(files []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(files[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644),
		os.WriteFile(files[1], pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600))
}

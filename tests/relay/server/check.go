// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	googlev1 "github.com/grafana/pyroscope/api/gen/proto/go/google/v1"
	pushv1 "github.com/grafana/pyroscope/api/gen/proto/go/push/v1"
	typesv1 "github.com/grafana/pyroscope/api/gen/proto/go/types/v1"
	"google.golang.org/protobuf/proto"
)

// The limits of a server that nobody has configured.
const (
	maxProfile = 4 << 20
	maxSamples = 16000
	maxBurst   = 2 << 20
	maxSymbol  = 65535
	maxDepth   = 1000
	maxName    = 1024
	maxValue   = 2048
	maxLabels  = 30
)

var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
	uuid       = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

func checkLabels(labels []*typesv1.LabelPair) (map[string]string, error) {
	got := map[string]string{}
	last := ""
	if len(labels) > maxLabels {
		return nil, fmt.Errorf("%d labels", len(labels))
	}
	for _, l := range labels {
		switch {
		case !labelName.MatchString(l.Name) || len(l.Name) > maxName:
			return nil, fmt.Errorf("invalid label name %q", l.Name)
		case l.Value == "" || len(l.Value) > maxValue || !utf8.ValidString(l.Value):
			return nil, fmt.Errorf("invalid value of label %s: %q", l.Name, l.Value)
		case got[l.Name] != "":
			return nil, fmt.Errorf("label %s twice", l.Name)
		case l.Name < last:
			return nil, fmt.Errorf("label %s is not in order", l.Name)
		}
		got[l.Name] = l.Value
		last = l.Name
	}
	if !metricName.MatchString(got["__name__"]) {
		return nil, fmt.Errorf("invalid metric name %q", got["__name__"])
	}
	if got["service_name"] == "" {
		return nil, errors.New("no service_name")
	}
	return got, nil
}

func unpack(raw []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("the profile is not compressed: %w", err)
	}
	return io.ReadAll(io.LimitReader(z, maxProfile+1))
}

func checkTables(p *googlev1.Profile) error {
	mapping, function, location := map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}
	text := func(i int64) error {
		if i < 0 || i >= int64(len(p.StringTable)) {
			return fmt.Errorf("string %d of %d", i, len(p.StringTable))
		}
		return nil
	}
	for _, m := range p.Mapping {
		if m.Id == 0 || mapping[m.Id] {
			return fmt.Errorf("mapping id %d", m.Id)
		}
		mapping[m.Id] = true
		if err := errors.Join(text(m.Filename), text(m.BuildId)); err != nil {
			return err
		}
	}
	for _, f := range p.Function {
		if f.Id == 0 || function[f.Id] {
			return fmt.Errorf("function id %d", f.Id)
		}
		function[f.Id] = true
		if err := errors.Join(text(f.Name), text(f.SystemName), text(f.Filename)); err != nil {
			return err
		}
		if p.StringTable[f.Name] == "" {
			return fmt.Errorf("function %d has no name", f.Id)
		}
	}
	for _, l := range p.Location {
		if l.Id == 0 || location[l.Id] {
			return fmt.Errorf("location id %d", l.Id)
		}
		location[l.Id] = true
		if l.MappingId != 0 && !mapping[l.MappingId] {
			return fmt.Errorf("location %d: no mapping %d", l.Id, l.MappingId)
		}
		// A frame without one is lost on the server's page.
		if len(l.Line) == 0 {
			return fmt.Errorf("location %d has no line", l.Id)
		}
		for _, line := range l.Line {
			if !function[line.FunctionId] {
				return fmt.Errorf("location %d: no function %d", l.Id, line.FunctionId)
			}
		}
	}
	for _, s := range p.Sample {
		if len(s.Value) != len(p.SampleType) {
			return fmt.Errorf("%d values, %d types", len(s.Value), len(p.SampleType))
		}
		if len(s.LocationId) > maxDepth {
			return fmt.Errorf("%d frames", len(s.LocationId))
		}
		for _, v := range s.Value {
			if v < 0 {
				return fmt.Errorf("value %d", v)
			}
		}
		for _, id := range s.LocationId {
			if !location[id] {
				return fmt.Errorf("no location %d", id)
			}
		}
		for _, l := range s.Label {
			return fmt.Errorf("sample label %d: it would make series of its own", l.Key)
		}
	}
	return nil
}

func checkProfile(p *googlev1.Profile, now time.Time, window bool) error {
	if len(p.SampleType) == 0 {
		return errors.New("no sample types")
	}
	if len(p.StringTable) == 0 || p.StringTable[0] != "" {
		return errors.New("string 0 is not empty")
	}
	for _, s := range p.StringTable {
		if !utf8.ValidString(s) || len(s) > maxSymbol {
			return fmt.Errorf("invalid string of %d bytes", len(s))
		}
	}
	for _, t := range append(p.SampleType, p.PeriodType) {
		if t == nil || t.Type <= 0 || t.Unit <= 0 || t.Type >= int64(len(p.StringTable)) ||
			t.Unit >= int64(len(p.StringTable)) {
			return errors.New("a type without a name or a unit")
		}
		if strings.Contains(p.StringTable[t.Type], "-") || strings.Contains(p.StringTable[t.Unit], "-") {
			return fmt.Errorf("sample type %q has a -", p.StringTable[t.Type])
		}
	}
	if len(p.Sample) == 0 || len(p.Sample) > maxSamples {
		return fmt.Errorf("%d samples", len(p.Sample))
	}
	// A server would stamp it with its own time.
	if p.TimeNanos <= 0 || p.DurationNanos <= 0 || p.Period <= 0 {
		return fmt.Errorf("time %d, duration %d, period %d", p.TimeNanos, p.DurationNanos, p.Period)
	}
	at := time.Unix(0, p.TimeNanos)
	if window && (at.Before(now.Add(-time.Hour)) || at.After(now.Add(10*time.Minute))) {
		return fmt.Errorf("profile with timestamp %s is outside of the ingestion window %s to %s",
			at.UTC().Format(time.RFC3339), now.Add(-time.Hour).UTC().Format(time.RFC3339),
			now.Add(10*time.Minute).UTC().Format(time.RFC3339))
	}
	return checkTables(p)
}

// One profile as it is stored.
type record struct {
	Labels                 map[string]string
	ID                     string
	Types                  []string
	Ids                    []string // of the types, as a server stores them
	Time, Duration, Period int64
	Sums                   []int64
	Functions              map[string]int64 // of the last value, by the innermost function
	Names                  []string         // of functions
	Bytes                  int
}

func typeName(p *googlev1.Profile, t *googlev1.ValueType) string {
	return p.StringTable[t.Type] + "/" + p.StringTable[t.Unit]
}

func summarize(p *googlev1.Profile) record {
	r := record{Time: p.TimeNanos, Duration: p.DurationNanos, Period: p.Period,
		Sums: make([]int64, len(p.SampleType)), Functions: map[string]int64{}}
	names, leaf := map[uint64]string{}, map[uint64]string{}
	for _, t := range p.SampleType {
		r.Types = append(r.Types, typeName(p, t))
	}
	for _, f := range p.Function {
		names[f.Id] = p.StringTable[f.Name]
		r.Names = append(r.Names, names[f.Id])
	}
	for _, l := range p.Location {
		if len(l.Line) > 0 {
			leaf[l.Id] = names[l.Line[0].FunctionId]
		}
	}
	for _, s := range p.Sample {
		for i, v := range s.Value {
			r.Sums[i] += v
		}
		name := "(no frames)"
		if len(s.LocationId) > 0 {
			name = leaf[s.LocationId[0]]
		}
		for i, v := range s.Value {
			if v > 0 {
				r.Functions[r.Types[i]+" "+name] += v
			}
		}
	}
	return r
}

func checkRequest(req *pushv1.PushRequest, window bool) (*record, error) {
	if len(req.Series) != 1 || len(req.Series[0].Samples) != 1 {
		return nil, errors.New("not one profile: errors would be of some of them")
	}
	series := req.Series[0]
	labels, err := checkLabels(series.Labels)
	if err != nil {
		return nil, err
	}
	sample := series.Samples[0]
	if !uuid.MatchString(sample.ID) {
		return nil, fmt.Errorf("ID %q", sample.ID)
	}
	plain, err := unpack(sample.RawProfile)
	if err != nil {
		return nil, err
	}
	if len(plain) > maxProfile || len(plain) > maxBurst {
		return nil, fmt.Errorf("a profile of %d bytes", len(plain))
	}
	p := &googlev1.Profile{}
	if err := proto.Unmarshal(plain, p); err != nil {
		return nil, err
	}
	if err := checkProfile(p, time.Now(), window); err != nil {
		return nil, err
	}
	r := summarize(p)
	r.Labels, r.ID, r.Bytes = labels, sample.ID, len(plain)
	for _, t := range r.Types {
		r.Ids = append(r.Ids, strings.ReplaceAll(labels["__name__"]+"/"+t+"/"+typeName(p, p.PeriodType), "/", ":"))
	}
	return &r, nil
}

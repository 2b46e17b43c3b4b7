package tensorboard

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"gridcells/pkg/tfrecord"
)

// message is a decoded protocol buffer: the last value of each field, in bits
// or bytes.
type message map[protowire.Number]any

func parse(t *testing.T, b []byte) message {
	t.Helper()
	m := message{}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		b = b[n:]
		switch kind {
		case protowire.VarintType:
			m[number], n = first(protowire.ConsumeVarint(b))
		case protowire.Fixed32Type:
			m[number], n = first(protowire.ConsumeFixed32(b))
		case protowire.Fixed64Type:
			m[number], n = first(protowire.ConsumeFixed64(b))
		case protowire.BytesType:
			m[number], n = first(protowire.ConsumeBytes(b))
		default:
			t.Fatalf("field %d of kind %d", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
	}
	return m
}

func first[T any](v T, n int) (any, int) { return v, n }

func TestEventFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	now := time.Unix(1700000000, 5e8)
	w, err := Create(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Restart(now, 7); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(now, 10, []Scalar{{"loss", 7.5}}); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "events.out.tfevents.1700000000.*"))
	if len(names) != 1 {
		t.Fatalf("files %v", names)
	}
	f, err := os.Open(names[0]) // readable while it is being written
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []message
	r := tfrecord.NewReader(f, names[0], tfrecord.Options{})
	for r.Next() {
		events = append(events, parse(t, r.Record()))
	}
	if r.Err() != nil || len(events) != 3 {
		t.Fatalf("%d events, %v", len(events), r.Err())
	}
	if v := string(events[0][3].([]byte)); v != "brain.Event:2" {
		t.Errorf("file version %q", v)
	}
	if wall := math.Float64frombits(events[0][1].(uint64)); wall != 1700000000.5 {
		t.Errorf("wall time %v", wall)
	}
	if session := parse(t, events[1][7].([]byte)); events[1][2].(uint64) != 7 || session[1].(uint64) != 1 {
		t.Errorf("restart %v", events[1])
	}
	value := parse(t, parse(t, events[2][5].([]byte))[1].([]byte))
	if events[2][2].(uint64) != 10 || string(value[1].([]byte)) != "loss" || math.Float32frombits(value[2].(uint32)) != 7.5 {
		t.Errorf("scalar event %v", events[2])
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

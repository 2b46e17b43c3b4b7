package tfrecord

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeShards writes n files of size records each, named "file/record".
func writeShards(t testing.TB, n, size int) string {
	dir := t.TempDir()
	for i := range n {
		var b []byte
		for j := range size {
			b = AppendRecord(b, fmt.Appendf(nil, "%d/%d", i, j))
		}
		if err := os.WriteFile(filepath.Join(dir, ShardName(i, n)), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func find(t testing.TB, paths ...string) []string {
	files, err := Find(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// take reads up to n records.
func take(t testing.TB, d Dataset, n int) []string {
	r := d.Open()
	defer r.Close()
	var records []string
	for len(records) < n && r.Next() {
		records = append(records, string(r.Record()))
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return records
}

func TestFind(t *testing.T) {
	dir := writeShards(t, 3, 1)
	for _, name := range []string{"notes.txt", ".0000-of-0002.tfrecord.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, f := range find(t, dir) {
		names = append(names, filepath.Base(f))
	}
	if want := []string{"0000-of-0002.tfrecord", "0001-of-0002.tfrecord", "0002-of-0002.tfrecord"}; !slices.Equal(names, want) {
		t.Errorf("found %v", names)
	}
	if files := find(t, filepath.Join(dir, "notes.txt")); len(files) != 1 {
		t.Errorf("a named file became %v", files)
	}
	if err := os.Remove(filepath.Join(dir, ShardName(1, 3))); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(dir); err == nil || !strings.Contains(err.Error(), "0001-of-0002.tfrecord is missing") {
		t.Errorf("a third of the data is missing: %v", err)
	}
	if _, err := Find(t.TempDir()); err == nil {
		t.Error("an empty directory passes")
	}
	if _, err := Find(filepath.Join(dir, "absent")); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestDatasetInOrder(t *testing.T) {
	files := find(t, writeShards(t, 3, 4))
	all := take(t, Dataset{Files: files}, 100)
	if len(all) != 12 || all[0] != "0/0" || all[11] != "2/3" {
		t.Fatalf("%v", all)
	}
	tests := []struct {
		name string
		d    Dataset
		want []string
	}{
		{"once", Dataset{}, all},
		{"repeat", Dataset{Repeat: true}, slices.Concat(all, all, all)[:30]},
	}
	for _, test := range tests {
		test.d.Files = files
		if got := take(t, test.d, 30); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestDatasetShuffles(t *testing.T) {
	files := find(t, writeShards(t, 10, 40))
	all := take(t, Dataset{Files: files}, 1000)
	for _, capacity := range []int{0, 1, 7, 1000} {
		d := Dataset{Files: files, Shuffle: true, ShuffleBuffer: capacity, Seed: 3}
		got := take(t, d, 1000)
		if slices.Equal(got, all) {
			t.Errorf("buffer %d: not shuffled", capacity)
		}
		if again := take(t, d, 1000); !slices.Equal(got, again) {
			t.Errorf("buffer %d: the same seed gives another order", capacity)
		}
		d.Seed++
		if other := take(t, d, 1000); slices.Equal(got, other) {
			t.Errorf("buffer %d: another seed gives the same order", capacity)
		}
		sorted, want := slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(all))
		if !slices.Equal(sorted, want) {
			t.Errorf("buffer %d: %d records, not each once", capacity, len(got))
		}
	}
}

// With a buffer of k a record comes at most k−1 places early, and the buffer
// is full before the first one comes.
func TestShuffleBufferIsFull(t *testing.T) {
	const k = 256
	files := find(t, writeShards(t, 1, 4000))
	d := Dataset{Files: files, Shuffle: true}
	var early, sum int
	for i, rec := range take(t, d, 4000) {
		var j int
		fmt.Sscanf(rec, "0/%d", &j)
		early = max(early, j-i)
		if i < 3000 {
			sum += i - j + k - 1
		}
	}
	if early != k-1 {
		t.Errorf("a record came %d places early", early)
	}
	if mean := float64(sum) / 3000; mean < 220 || mean > 280 {
		t.Errorf("a record waits for %.0f others on average, want about %d", mean, k-1)
	}
}

func TestRepeatReshuffles(t *testing.T) {
	files := find(t, writeShards(t, 5, 10))
	d := Dataset{Files: files, Shuffle: true, ShuffleBuffer: 1, Repeat: true}
	got := take(t, d, 100)
	if slices.Equal(got[:50], got[50:]) {
		t.Error("the second epoch has the order of the first")
	}
	if a, b := slices.Sorted(slices.Values(got[:50])), slices.Sorted(slices.Values(got[50:])); !slices.Equal(a, b) {
		t.Error("the epochs differ in their records")
	}
}

func TestDatasetErrors(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.tfrecord")
	if err := os.WriteFile(empty, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(t.TempDir(), "torn.tfrecord")
	if err := os.WriteFile(torn, frames("a", "b")[:20], 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		d    Dataset
		err  string
	}{
		{"nothing to repeat", Dataset{Files: []string{empty}, Repeat: true}, "nothing to repeat"},
		{"no files to repeat", Dataset{Repeat: true}, "nothing to repeat"},
		{"absent", Dataset{Files: []string{"absent.tfrecord"}}, "absent.tfrecord"},
		{"torn", Dataset{Files: []string{empty, torn}}, torn + ": record 1 at byte 17"},
		{"torn, shuffled", Dataset{Files: []string{empty, torn}, Shuffle: true}, torn + ": record 1 at byte 17"},
	}
	for _, test := range tests {
		r := test.d.Open()
		for r.Next() {
		}
		if r.Err() == nil || !strings.Contains(r.Err().Error(), test.err) {
			t.Errorf("%s: %v", test.name, r.Err())
		}
		if err := r.Close(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	full := true
	once := Dataset{Files: []string{"f"}, Repeat: true, OpenFile: func(string) (io.ReadCloser, error) {
		data := frames("a")
		if !full {
			data = nil
		}
		full = false
		return io.NopCloser(bytes.NewReader(data)), nil
	}}.Open()
	if !once.Next() || once.Next() || once.Err() == nil || !strings.Contains(once.Err().Error(), "nothing to repeat") {
		t.Errorf("files that are empty the second time: %v", once.Err())
	}
	r := Dataset{Files: []string{torn, torn}, Options: Options{SkipCorrupt: true}}.Open()
	for r.Next() {
		if err := r.Locate(io.ErrNoProgress); !strings.HasPrefix(err.Error(), torn+": record 0 at byte 0: ") {
			t.Error(err)
		}
	}
	if r.Err() != nil || r.Skipped() != 2 {
		t.Errorf("skipped %d, %v", r.Skipped(), r.Err())
	}
}

func TestShufflingDoesNotAllocate(t *testing.T) {
	files := find(t, writeShards(t, 1, 1000))
	r := Dataset{Files: files, Shuffle: true, Repeat: true}.Open()
	defer r.Close()
	for range 1000 {
		r.Next()
	}
	if n := testing.AllocsPerRun(400, func() { r.Next() }); n > 0.1 {
		t.Errorf("%v allocations a record", n)
	}
}

func BenchmarkDataset(b *testing.B) {
	name := filepath.Join(b.TempDir(), "0000-of-0000.tfrecord")
	var file []byte
	for i := range 10000 {
		row := numbered(603)
		row[0] = byte(i)
		file = AppendRecord(file, NewEncoder(released).Append(nil, row))
	}
	if err := os.WriteFile(name, file, 0o666); err != nil {
		b.Fatal(err)
	}
	for _, shuffle := range []bool{false, true} {
		b.Run(fmt.Sprintf("shuffle=%v", shuffle), func(b *testing.B) {
			d := NewDecoder(released)
			row := make([]byte, released.Size())
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				r := Dataset{Files: []string{name}, Shuffle: shuffle}.Open()
				for r.Next() {
					if err := d.Decode(row, r.Record()); err != nil {
						b.Fatal(err)
					}
				}
				if r.Err() != nil {
					b.Fatal(r.Err())
				}
			}
		})
	}
}

// A directory that lacks a file is refused, for every scheme of names.
func TestMissingShard(t *testing.T) {
	for _, test := range []struct {
		format string // of the number
		found  []int
		want   string // the file that is missing
	}{
		{"%04d-of-0002.tfrecord", []int{0, 1, 2}, ""},
		{"%04d-of-0002.tfrecord", []int{0, 1}, "0002-of-0002.tfrecord"},
		{"%04d-of-0002.tfrecord", []int{1, 2}, "0000-of-0002.tfrecord"},
		{"%04d-of-0000.tfrecord", []int{0}, ""},
		{"train-%05d-of-00003.tfrecord", []int{0, 1, 2}, ""},
		{"train-%05d-of-00003.tfrecord", []int{0, 2}, "train-00001-of-00003.tfrecord"},
		{"train-%05d-of-00003.tfrecord", []int{0, 1}, "train-00002-of-00003.tfrecord"},
		{"train-%05d-of-00003.tfrecord", []int{1, 2}, "train-00000-of-00003.tfrecord"},
		{"train-%05d-of-00003.tfrecord", []int{1, 2, 3}, ""},
		{"train-%05d-of-00003.tfrecord", []int{1, 3}, "train-00002-of-00003.tfrecord"},
		{"train-%05d-of-00003.tfrecord", []int{0, 1, 3}, "train-00002-of-00003.tfrecord"},
		{"train.tfrecord-%05d-of-00003", []int{0, 2}, "train.tfrecord-00001-of-00003"},
		{"train-%05d-of-00003", []int{0, 1, 2}, ""},
		{"train-%05d-of-00003", []int{0, 2}, "train-00001-of-00003"},
		{"validation-%05d-of-00128.gz", []int{0}, "validation-00001-of-00128.gz"},
		{"run2-%d-of-11.tfrecord.gz", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, ""},
		{"run2-%d-of-11.tfrecord.gz", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 10}, "run2-9-of-11.tfrecord.gz"},
		{"run2-%d-of-11.tfrecord.gz", []int{0, 10}, "run2-1-of-11.tfrecord.gz"},
		{"x-%d-of-999999999.tfrecord", []int{0, 1}, "x-2-of-999999999.tfrecord"},
		{"%d.tfrecord", []int{0, 2}, ""},
	} {
		dir := t.TempDir()
		for _, i := range test.found {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(test.format, i)), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		for range 20 { // the order of the files must not matter, which comes from a map
			if _, err = Find(dir); err == nil || !strings.Contains(err.Error(), test.want) {
				break
			}
		}
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s %v: %v", test.format, test.found, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), dir+": "+test.want+" is missing")):
			t.Errorf("%s %v: %v, want %s", test.format, test.found, err, test.want)
		}
	}
}

// A directory with several datasets is refused: two thirds of the records would be
// those of another one.
func TestSeveralDatasets(t *testing.T) {
	for _, test := range []struct {
		names []string
		want  string
	}{
		{[]string{"train-0-of-1.tfrecord", "test-0-of-1.tfrecord"}, "2 datasets, test-*-of-1.tfrecord and train-*-of-1.tfrecord"},
		{[]string{"a-00000-of-00001", "b-00000-of-00001", "notes.txt"}, "2 datasets, a-*-of-00001 and b-*-of-00001"},
		{[]string{"0000-of-0000.tfrecord", "0000-of-0001.tfrecord", "0001-of-0001.tfrecord"}, "2 datasets"},
		{[]string{"a-00000-of-00001", "b.tfrecord"}, ""}, // the first is none
		{[]string{"a.tfrecord", "b.tfrecord"}, ""},
	} {
		dir := t.TempDir()
		for _, name := range test.names {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		files, err := Find(dir)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%v: %v, %v, want %s", test.names, files, err, test.want)
		}
	}
}

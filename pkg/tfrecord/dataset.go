package tfrecord

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"

	"gridcells/pkg/printable"
	"gridcells/pkg/random"
)

// defaultShuffleBuffer is the capacity of the released program's shuffling
// queue, in records.
const defaultShuffleBuffer = 256

// Dataset is a sequence of records from many files. The same settings give the
// same sequence.
type Dataset struct {
	Files []string
	// OpenFile opens one of Files; nil means os.Open.
	OpenFile func(name string) (io.ReadCloser, error)
	// Shuffle visits the files in a new random order in each epoch and draws
	// records from a buffer.
	Shuffle bool
	// ShuffleBuffer is the number of records waiting while one is drawn from
	// them; 0 means 256. The buffer is kept full, as TensorFlow's queue is when
	// reading is faster than training. It lasts across epochs.
	ShuffleBuffer int
	// Repeat starts over at the end, without end.
	Repeat bool
	// Seed determines the random order.
	Seed uint64
	Options
}

// Find expands directories to the TFRecord files in them, sorted by name: those
// with ".tfrecord" in the name that do not begin with a dot. If there are none, it
// takes those whose names end like train-00001-of-01024, as those of ImageNet do.
// Other paths stay as they are.
//
// It is an error if a directory lacks one of the files that the names of the
// others promise: 0003-of-0099.tfrecord of the released dataset, where the
// second number is that of the last file, or train-00001-of-00003.tfrecord and
// the like of TensorFlow, where it is the number of files. It is also an error if
// the names are those of several datasets, such as one for training and one for
// validation.
func Find(paths ...string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := list(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return files, nil
}

func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := namesLike(entries, regexp.MustCompile(`\.tfrecord`))
	if len(names) == 0 {
		names = namesLike(entries, regexp.MustCompile(`-\d+-of-\d+(\.(gz|zst|zz|z))?$`))
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no file has .tfrecord in its name, or ends like -00000-of-00010", dir)
	}
	sort.Strings(names)
	files := make([]string, len(names))
	for i, name := range names {
		files[i] = filepath.Join(dir, name)
	}
	return files, checkShards(dir, names)
}

// namesLike are the names of files that match a pattern and do not begin with a dot.
func namesLike(entries []os.DirEntry, pattern *regexp.Regexp) []string {
	var names []string
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && !strings.HasPrefix(name, ".") && pattern.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// shardPattern is compiled when it is needed: most programs that import the package read no directory.
var shardPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(.*?)(\d{1,9})-of-(\d{1,9})(.*)$`)
})

// shards are the files of a directory whose names differ only in their number.
type shards struct {
	prefix, of, suffix string
}

// checkShards returns an error that names a file that is not there although the
// names of others promise it, or the datasets if there are several.
func checkShards(dir string, names []string) error {
	sets := map[shards]map[int]string{} // the number of each file, as it is written
	var order []shards
	for _, name := range names {
		m := shardPattern().FindStringSubmatch(name)
		if m == nil {
			continue
		}
		key := shards{m[1], m[3], m[4]}
		if sets[key] == nil {
			sets[key] = map[int]string{}
			order = append(order, key)
		}
		i, _ := strconv.Atoi(m[2])
		sets[key][i] = m[2]
	}
	for _, key := range order {
		if want, missing := key.missing(sets[key]); missing {
			return fmt.Errorf("%s: %s is missing; to use the other files alone, name them", dir, printable.Text(want))
		}
	}
	if len(order) > 1 {
		return fmt.Errorf("%s holds the files of %d datasets, %s and %s for example; name those of one", dir, len(order), order[0], order[1])
	}
	return nil
}

// String is the pattern of the names of the files.
func (s shards) String() string { return printable.Text(s.prefix + "*-of-" + s.of + s.suffix) }

// missing returns the name of the first file that is not there.
func (s shards) missing(found map[int]string) (name string, missing bool) {
	of, _ := strconv.Atoi(s.of)
	first, last, width := 0, of-1, len(s.of)
	if _, ok := found[of]; ok {
		last = of
		if _, ok := found[0]; !ok {
			first = 1 // counted from 1
		}
	}
	for _, number := range found {
		width = min(width, len(number))
	}
	if released := ShardName(0, of+1); s.prefix == "" && fmt.Sprintf("%0*d-of-%s%s", width, 0, s.of, s.suffix) == released {
		first, last = 0, of
	}
	for i := first; i <= last; i++ { // ends at the first gap, however large the last number
		if _, ok := found[i]; !ok {
			return fmt.Sprintf("%s%0*d-of-%s%s", s.prefix, width, i, s.of, s.suffix), true
		}
	}
	return "", false
}

// ShardName is the released dataset's name for file i of n: the number after
// "of" is n−1.
func ShardName(i, n int) string { return fmt.Sprintf("%04d-of-%04d.tfrecord", i, n-1) }

// DatasetReader reads the records of a [Dataset]. Its use is that of [Reader].
type DatasetReader struct {
	d      Dataset
	order  []int // files of this epoch
	epoch  uint64
	inFile int64 // records of this epoch so far
	file   io.Closer
	reader *Reader

	fileOrder *random.Stream
	draw      *random.Stream
	buffer    []waiting
	drained   bool // the files have ended

	current waiting
	skipped int64
	err     error
}

// waiting is a record with its place, in storage of its own.
type waiting struct {
	payload []byte
	place   CorruptError
}

// Open returns a reader of the dataset's records. It opens files as it comes
// to them.
func (d Dataset) Open() *DatasetReader {
	if d.ShuffleBuffer <= 0 {
		d.ShuffleBuffer = defaultShuffleBuffer
	}
	if d.OpenFile == nil {
		d.OpenFile = func(name string) (io.ReadCloser, error) { return os.Open(name) }
	}
	r := &DatasetReader{
		d:         d,
		fileOrder: random.New(d.Seed, "tfrecord file order"),
		draw:      random.New(d.Seed, "tfrecord shuffle buffer"),
	}
	r.begin()
	return r
}

// begin starts an epoch.
func (r *DatasetReader) begin() {
	r.order = make([]int, len(r.d.Files))
	for i := range r.order {
		r.order[i] = i
	}
	if r.d.Shuffle {
		r.fileOrder.Seek(r.epoch)
		r.fileOrder.Shuffle(len(r.order), func(i, j int) { r.order[i], r.order[j] = r.order[j], r.order[i] })
	}
	r.epoch++
	r.inFile = 0
}

// Next advances to the next record. It returns false at the end and at an
// error.
func (r *DatasetReader) Next() bool {
	if !r.d.Shuffle {
		if !r.read() {
			return false
		}
		r.current = waiting{r.reader.Record(), r.place()}
		return true
	}
	for !r.drained && len(r.buffer) < r.d.ShuffleBuffer {
		if !r.read() {
			r.drained = true
			break
		}
		r.push()
	}
	n := len(r.buffer)
	if r.err != nil || n == 0 {
		return false
	}
	i := r.draw.IntN(n)
	r.current, r.buffer[i], r.buffer[n-1] = r.buffer[i], r.buffer[n-1], r.buffer[i]
	r.buffer = r.buffer[:n-1]
	return true
}

// Epoch is how many times the reader has begun with the files, from 1.
func (r *DatasetReader) Epoch() uint64 { return r.epoch }

// Record is the payload of the current record, valid until the next Next.
func (r *DatasetReader) Record() []byte { return r.current.payload }

// Locate wraps an error about the current payload with its place.
func (r *DatasetReader) Locate(err error) error {
	place := r.current.place
	place.Err = err
	return &place
}

// Skipped counts the damaged stretches passed over so far.
func (r *DatasetReader) Skipped() int64 {
	if r.reader != nil {
		n, _ := r.reader.Skipped()
		return r.skipped + n
	}
	return r.skipped
}

// Err is the error that ended the reading; nil at the end.
func (r *DatasetReader) Err() error { return r.err }

// Close closes the file being read.
func (r *DatasetReader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// push copies the record just read into the buffer, into the storage that the
// record last drawn left at its end.
func (r *DatasetReader) push() {
	n := len(r.buffer)
	if n < cap(r.buffer) {
		r.buffer = r.buffer[:n+1]
	} else {
		r.buffer = append(r.buffer, waiting{})
	}
	w := &r.buffer[n]
	w.payload = append(w.payload[:0], r.reader.Record()...)
	w.place = r.place()
}

func (r *DatasetReader) place() CorruptError {
	return CorruptError{File: r.reader.name, Record: r.reader.Index(), Offset: r.reader.Offset()}
}

// read advances to the next record in the order of the files.
func (r *DatasetReader) read() bool {
	for r.err == nil {
		if r.reader != nil {
			if r.reader.Next() {
				r.inFile++
				return true
			}
			r.endFile()
			continue
		}
		if len(r.order) > 0 {
			r.openFile()
			continue
		}
		if !r.d.Repeat {
			return false
		}
		if r.inFile == 0 {
			r.err = errors.New("nothing to repeat: no records in the input")
			return false
		}
		r.begin()
	}
	return false
}

func (r *DatasetReader) openFile() {
	name := r.d.Files[r.order[0]]
	r.order = r.order[1:]
	file, err := r.d.OpenFile(name)
	if err != nil {
		r.err = err
		return
	}
	r.file, r.reader = file, NewReader(file, name, r.d.Options)
}

func (r *DatasetReader) endFile() {
	r.err = r.reader.Err()
	n, _ := r.reader.Skipped()
	r.skipped += n
	r.reader = nil
	if err := r.Close(); r.err == nil {
		r.err = err
	}
}

var _ io.Closer = (*DatasetReader)(nil)

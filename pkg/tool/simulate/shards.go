package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

// shards divides n items among files, as evenly as can be.
type shards struct {
	n     int64
	count int
}

// end is the number of the first item after shard i.
func (s shards) end(i int) int64 {
	return s.n/int64(s.count)*int64(i+1) + s.n%int64(s.count)*int64(i+1)/int64(s.count)
}

// writeShards writes the trajectories as TFRecord files.
func (f *flags) writeShards(ctx context.Context, config trajectory.Config, progress *cli.Progress) error {
	if err := clearShards(f.TFRecord, f.Shards); err != nil {
		return err
	}
	dtype, err := trajectory.DType(f.Steps)
	if err != nil {
		return err
	}
	encoder := tfrecord.NewEncoder(trajectory.Fields(f.Steps))
	plan := shards{f.N, f.Shards}
	planned, shard, size := int64(0), 0, dtype.Batch(npy.PipeBatch, batchRows)
	next := func() int { // a batch ends where a file ends
		for shard < f.Shards && planned == plan.end(shard) {
			shard++
		}
		if shard == f.Shards {
			return 0
		}
		n := min(plan.end(shard)-planned, int64(size))
		planned += n
		return int(n)
	}
	w := &shardWriter{f: f, plan: plan}
	defer w.discard()
	stage, err := f.stage(config.Model)
	if err != nil {
		return err
	}
	p := production{workers: f.Workers(), first: f.Skip, next: next, newWorker: maker(config, encoder)}
	err = p.run(ctx, func(b *batch) error {
		progress.Add(b.n)
		return w.put(b)
	})
	if err != nil {
		return err
	}
	return f.writeOrigin(stage)
}

// writeOrigin writes the provenance beside the files once they are complete.
func (f *flags) writeOrigin(stage npy.Stage) error {
	text, err := json.MarshalIndent(npy.Provenance{stage}, "", "  ")
	if err != nil {
		return err
	}
	out, err := cli.OutputFile{Output: filepath.Join(f.TFRecord, npy.ProvenanceFile)}.Create(nil, false)
	if err != nil {
		return err
	}
	defer out.Discard()
	if _, err := out.Write(append(text, '\n')); err != nil {
		return err
	}
	return out.Commit()
}

// clearShards makes the directory ready. It first removes files of the same names
// that an earlier run left, whole or half written: at no time does the directory
// hold old and new files that look like one dataset. Other TFRecord files in it
// are an error.
func clearShards(dir string, count int) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	ours := map[string]bool{}
	for i := range count {
		ours[tfrecord.ShardName(i, count)] = true
	}
	ours[npy.ProvenanceFile] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if !ours[name] && strings.Contains(name, ".tfrecord") && !strings.HasPrefix(name, ".") {
			return fmt.Errorf("%s: holds %s, of another dataset; remove it or name another directory", dir, name)
		}
	}
	for _, e := range entries {
		name := e.Name()
		if half, ok := strings.CutPrefix(name, "."); ours[name] || ok && strings.HasSuffix(half, ".tmp") && ours[shardOf(half)] {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// shardOf is the name of the shard that a temporary file would have become.
func shardOf(temporary string) string {
	const ext = ".tfrecord"
	if i := strings.Index(temporary, ext); i >= 0 {
		return temporary[:i+len(ext)]
	}
	return ""
}

// shardWriter writes batches of framed records into one file after the other.
type shardWriter struct {
	f       *flags
	plan    shards
	shard   int
	written int64
	file    *cli.Sink
}

func (w *shardWriter) put(b *batch) error {
	if w.file == nil {
		out := w.f.Output
		out.Output = filepath.Join(w.f.TFRecord, tfrecord.ShardName(w.shard, w.plan.count))
		var err error
		if w.file, err = out.Create(nil, true); err != nil {
			return err
		}
	}
	if _, err := w.file.Write(b.data); err != nil {
		return err
	}
	if w.written += int64(b.n); w.written < w.plan.end(w.shard) {
		return nil
	}
	err := w.file.Commit()
	w.file = nil
	w.shard++
	return err
}

func (w *shardWriter) discard() {
	if w.file != nil {
		w.file.Discard()
	}
}

package tfrecord2npy

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gridcells/pkg/cli"
	"gridcells/pkg/npy"
	"gridcells/pkg/tfrecord"
	"gridcells/pkg/trajectory"
)

// converter turns records into rows.
type converter struct {
	records     *tfrecord.DatasetReader
	out         io.Writer
	provenance  npy.Provenance
	skip        int64 // good records to leave out
	limit       int64 // good records to write; 0 is no limit
	skipCorrupt bool
	progress    *cli.Progress

	ahead    [][]byte // records that were read to choose T, still to be converted
	good     int64    // records whose Examples were right
	skipped  int64    // records whose Examples were wrong
	lastGood uint64   // epoch of the last good record

	decoder *tfrecord.Decoder
	writer  *npy.Writer
	batch   npy.Rows // at its capacity
	filled  int
}

// run converts all records, in batches.
func (c *converter) run(ctx context.Context) error {
	steps, err := c.chooseSteps()
	if err != nil {
		return err
	}
	if err := c.begin(steps); err != nil {
		return err
	}
	for c.limit <= 0 || c.good < c.skip+c.limit {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		record, ok := c.next()
		if !ok {
			break
		}
		if err := c.convert(record); err != nil {
			return err
		}
	}
	if err := c.records.Err(); err != nil {
		return err
	}
	if c.good <= c.skip {
		return fmt.Errorf("no records are left: --skip %d leaves out all %d", c.skip, c.good)
	}
	if err := c.flush(); err != nil {
		return err
	}
	return c.writer.Close()
}

// begin prepares the conversion of trajectories of as many steps.
func (c *converter) begin(steps int) error {
	dtype, err := trajectory.DType(steps)
	if err != nil {
		return err
	}
	c.decoder = tfrecord.NewDecoder(trajectory.Fields(steps))
	c.writer = npy.NewWriter(c.out, dtype, c.provenance)
	c.batch = npy.MakeRows(dtype, dtype.Batch(npy.PipeBatch, 256))
	return nil
}

// convert adds a record to the batch, unless it is wrong or one of those to leave out.
func (c *converter) convert(record []byte) error {
	if err := c.decoder.Decode(c.batch.Row(c.filled), record); err != nil {
		return c.bad(err)
	}
	c.lastGood = c.records.Epoch()
	if c.good++; c.good <= c.skip {
		return nil
	}
	if c.filled++; c.filled == c.batch.Len() {
		return c.flush()
	}
	return nil
}

// next returns the next record: one of those that chooseSteps has read, then
// one of the files.
func (c *converter) next() ([]byte, bool) {
	if len(c.ahead) > 0 {
		record := c.ahead[0]
		c.ahead = c.ahead[1:]
		return record, true
	}
	if !c.records.Next() {
		return nil, false
	}
	return c.records.Record(), true
}

// bad counts a record whose Example is wrong. It returns an error if such
// records are not to be skipped, or if repetition would find nothing else.
func (c *converter) bad(err error) error {
	if !c.skipCorrupt {
		return c.records.Locate(err)
	}
	c.skipped++
	if c.records.Epoch() > c.lastGood+2 { // a shuffle buffer holds records of the epoch before
		return errors.New("nothing to repeat: every record of the input is corrupt")
	}
	return nil
}

func (c *converter) flush() error {
	c.progress.Add(c.filled)
	err := c.writer.Write(c.batch.Slice(0, c.filled))
	c.filled = 0
	return err
}

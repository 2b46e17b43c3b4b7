package train

import (
	"fmt"
	"strconv"
	"time"
)

// interval is the distance between two checkpoints: a number of updates or a time.
// One of the two is 0.
type interval struct {
	updates uint64
	time    time.Duration
}

// UnmarshalText reads a number of updates (10000) or a time (5m).
func (i *interval) UnmarshalText(text []byte) error {
	*i = interval{}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		if n <= 0 {
			return fmt.Errorf("%d updates: want at least 1", n)
		}
		i.updates = uint64(n)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is neither a number of updates nor a time such as 5m", text)
	}
	if d <= 0 {
		return fmt.Errorf("a time of %v: want one above 0", d)
	}
	i.time = d
	return nil
}

// String is the text that UnmarshalText reads.
func (i interval) String() string {
	if i.time > 0 {
		return i.time.String()
	}
	return strconv.FormatUint(i.updates, 10)
}

// over reports whether a checkpoint is due after an update, so long after the last.
func (i interval) over(update uint64, since time.Duration) bool {
	if i.time > 0 {
		return since >= i.time
	}
	return update%i.updates == 0
}

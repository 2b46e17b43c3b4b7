package parallel

import (
	"context"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"
)

// count makes a next that fills items with 0 … n−1.
func count(n int) func(*int) error {
	i := 0
	return func(item *int) error {
		if i == n {
			return io.EOF
		}
		*item, i = i, i+1
		return nil
	}
}

// uneven works longer on some items than on others.
func uneven() func(*int) error {
	return func(item *int) error {
		time.Sleep(time.Duration(*item%3) * time.Millisecond)
		*item *= 10
		return nil
	}
}

func TestOrderedKeepsTheOrder(t *testing.T) {
	var want []int
	for i := range 50 {
		want = append(want, 10*i)
	}
	for _, workers := range []int{1, 2, 7} {
		var got []int
		err := Ordered(context.Background(), workers, count(50), uneven, func(item *int) error {
			got = append(got, *item)
			return nil
		})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers: %v, %v", workers, got, err)
		}
	}
}

func TestOrderedEndsWithTheFirstError(t *testing.T) {
	bad := errors.New("bad")
	at := func(n int, f func(*int) error) func(*int) error {
		return func(item *int) error {
			if err := f(item); err != nil {
				return err
			}
			if *item == n {
				return bad
			}
			return nil
		}
	}
	nothing := func(*int) error { return nil }
	for name, run := range map[string]func(put func(*int) error) error{
		"next": func(put func(*int) error) error {
			return Ordered(context.Background(), 3, at(5, count(50)), func() func(*int) error { return nothing }, put)
		},
		"work": func(put func(*int) error) error {
			return Ordered(context.Background(), 3, count(50), func() func(*int) error { return at(5, nothing) }, put)
		},
		"put": func(put func(*int) error) error {
			return Ordered(context.Background(), 3, count(50), func() func(*int) error { return nothing }, at(5, put))
		},
	} {
		delivered := 0
		err := run(func(*int) error { delivered++; return nil })
		if !errors.Is(err, bad) || delivered < 5 || delivered > 6 {
			t.Errorf("error in %s: %v after %d items", name, err, delivered)
		}
	}
}

func TestOrderedDoesNotWaitForSilentInput(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	silence := make(chan struct{})
	defer close(silence)
	why := errors.New("interrupted")
	go cancel(why)
	err := Ordered(ctx, 2, func(*int) error { <-silence; return io.EOF }, uneven, func(*int) error { return nil })
	if !errors.Is(err, why) {
		t.Errorf("cancelled: %v", err)
	}
}

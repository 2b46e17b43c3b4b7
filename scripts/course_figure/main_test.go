package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const docs = "../../docs"

// TestDocument: docs/course.svg is what the program draws from docs/course.csv now.
func TestDocument(t *testing.T) {
	drawn := filepath.Join(t.TempDir(), "course.svg")
	if err := run(filepath.Join(docs, "course.csv"), drawn); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(docs, "course.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the program draws another docs/course.svg now: run the command of docs/results/course.sh")
	}
}

// TestDamaged: a table that is not one of numbers is an error that names what is wrong.
func TestDamaged(t *testing.T) {
	const header = "setting,seed,update,share_above_own_field_threshold,share_above_own_gaussian_threshold,error_m,mean_scale_m\n"
	for name, c := range map[string]struct{ table, want string }{
		"empty":     {"", "the file is empty"},
		"no number": {header + "paper,1,40000,much,0.1,0.2,1\n", `share_above_own_field_threshold of paper: strconv.ParseFloat: parsing "much"`},
		"update":    {header + "paper,1,x,0.1,0.1,0.2,1\n", "update of paper"},
		"short":     {header + "paper,1\n", "wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.csv")
			if err := os.WriteFile(path, []byte(c.table), 0o666); err != nil {
				t.Fatal(err)
			}
			err := run(path, filepath.Join(t.TempDir(), "t.svg"))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

package report

import (
	"strings"
	"testing"
)

func TestRunsOfASweep(t *testing.T) {
	runs := write(t, "runs.csv", "name,seed,error_cm,grid_share\nb,1,20,5\nb,2,22,NaN\na,1,30,\n")
	f := flags{Runs: runs, Columns: []string{"grid_share", "error_cm"}}
	plots, err := f.seeds(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(plots) != 2 || plots[0].Label != "grid_share" || len(plots[0].Settings) != 1 || len(plots[1].Settings) != 2 {
		t.Fatalf("%+v", plots)
	}
	if b := plots[1].Settings[0]; b.Name != "b" || b.Mean != 21 || len(b.Values) != 2 || !(b.Low < 20) || !(b.High > 22) {
		t.Errorf("%+v", b)
	}
	if got := mustRun(t, nil, "--figure", "settings", "--runs", runs); !strings.HasPrefix(got, "%PDF") {
		t.Errorf("%.20q", got)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--runs", runs}, "--figure settings"},
		{[]string{"--figure", "settings"}, "needs a table of runs"},
		{[]string{"--figure", "settings", "--runs", runs, "--columns", "loss"}, `no run has a column "loss"`},
		{[]string{"--figure", "settings", "--runs", write(t, "no.csv", "name,seed\n")}, "no.csv: the table has no runs"},
		{[]string{"--figure", "settings", "--runs", write(t, "bad.csv", "x\n")}, "bad.csv: no columns"},
	} {
		if _, err := run(nil, c.args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

package report

import (
	"archive/zip"
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/toucan-grc/toucan/internal/result"
)

func TestTheLastChangeSpeaks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	states := []result.State{result.Pass, result.Fail, result.CouldNotTell, result.Stale}
	for range 500 {
		var list []toldChange
		for n := range 1 + r.Int64N(12) {
			from := r.Int64N(40)
			list = append(list, toldChange{result.Change{State: states[r.IntN(len(states))], From: from, To: from + r.Int64N(10)}, place{n / 3, n % 3}, 0})
		}
		want := make([]result.State, 60)
		for _, c := range list {
			for x := c.From; x < c.To; x++ {
				want[x] = c.State
			}
		}
		got := make([]result.State, 60)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, l := range lasts(list) {
			for x := l.from; x < l.to; x++ {
				got[x] = l.by.State
			}
		}
		for x, s := range want {
			if s == result.Stale {
				s = ""
			}
			if got[x] != s {
				t.Fatalf("at %d %q speaks last, want %q, of %+v", x, got[x], s, list)
			}
		}
	}
}

func FuzzResults(f *testing.F) {
	head := "Control,Test,Subject,State,From (UTC),Until (UTC),First heard of (UTC),Reason\n"
	f.Add([]byte(head + "AC-4,own.backup,'=nightly,fail,2026-06-01T10:00:00Z,2026-06-01T11:00:00Z,2026-06-01T10:00:00Z,\n"))
	f.Add([]byte(head + "AC-4,own.backup,a,fail,2026-06-01T10:00:00Z,2026-06-01T09:00:00Z,,\n"))
	f.Add([]byte(head + "\"\n"))
	f.Add([]byte(head))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.Create(resultsName)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		v := &verifier{members: map[string]*zip.File{resultsName: r.File[0]}}
		rows, ok := v.results()
		if ok != (len(v.Failures) == 0) {
			t.Fatalf("read %t, failures %q", ok, v.Failures)
		}
		for s, list := range rows {
			for i, x := range list {
				if x.from > x.to || i > 0 && list[i-1].to > x.from {
					t.Fatalf("of %v: %+v", s, list)
				}
			}
		}
	})
}

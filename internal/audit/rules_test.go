package audit

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
)

func TestCustomaryBands(t *testing.T) {
	bands := Bands(CustomaryBands())
	for _, b := range bands {
		if err := b.check(); err != nil {
			t.Errorf("%s: %v", b.Pace, err)
		}
	}
	for _, tt := range []struct {
		pace       Pace
		population int
		low, high  int
	}{
		{Yearly, 1, 1, 1}, {HalfYearly, 2, 1, 2}, {Quarterly, 4, 2, 2}, {Monthly, 12, 2, 5}, {Weekly, 52, 5, 15}, {Daily, 250, 20, 40}, {ManyADay, 5000, 25, 60},
		{Automatic, 9000, 1, 1},
		{EachTime, 3, 3, 3}, // fewer than five: all
		{EachTime, 5, 5, 5},
		{EachTime, 6, 5, 5},
		{EachTime, 51, 6, 6}, // a tenth, rounded up
		{EachTime, 250, 25, 25},
		{EachTime, 400, 25, 40},
		{EachTime, 4000, 25, 60},
		{Quarterly, 1, 1, 1}, // never more than there are
		{Pace("unheard of"), 400, 25, 40},
	} {
		band := bands.Of(tt.pace)
		if low, high := band.Suggest(tt.population, LowRisk), band.Suggest(tt.population, HighRisk); low.Items != tt.low || high.Items != tt.high {
			t.Errorf("%s, %d items: %d to %d, want %d to %d (%s)", tt.pace, tt.population, low.Items, high.Items, tt.low, tt.high, high.Why)
		}
	}
}

func TestPaceOf(t *testing.T) {
	for _, tt := range []struct {
		kind control.Kind
		f    cadence.Frequency
		want Pace
	}{
		{control.Periodic, cadence.Annual, Yearly}, {control.Periodic, cadence.Frequency{N: 24, Unit: cadence.Month}, Yearly},
		{control.Periodic, cadence.Semiannual, HalfYearly}, {control.Periodic, cadence.Quarterly, Quarterly}, {"", cadence.Monthly, Monthly},
		{control.Periodic, cadence.Frequency{N: 2, Unit: cadence.Week}, Monthly}, {control.Periodic, cadence.Weekly, Weekly}, {control.Periodic, cadence.Daily, Daily},
		{control.Periodic, cadence.Frequency{N: 1, Unit: cadence.Hour}, ManyADay},
		{control.Event, cadence.Annual, EachTime}, {control.Periodic, cadence.Frequency{}, EachTime}, {control.Continuous, cadence.Frequency{}, Automatic},
	} {
		if got := PaceOf(tt.kind, tt.f); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.kind, tt.f, got, tt.want)
		}
	}
}

// The figures were made without this package:
//
//	printf 'key,date,stratum,who\nT-1,2026-01-05,EU,a\nT-2,2026-01-09,US,b\nT-3,2026-02-01,EU,c\nT-4,2026-03-01,EU,d\nT-5,2026-03-02,US,e\nT-6,2026-03-30,APAC,f\n' > p.csv
//	HASH=$(sha256sum p.csv | cut -d' ' -f1)
//	SEED=$(printf 'toucan/sample/1\n%s\n%s\n%s\n' "$ROOT" "$HASH" 1 | sha256sum | cut -d' ' -f1)
//	tail -n +2 p.csv | cut -d, -f1 | while read -r key; do
//	  echo "$(printf '%s' "$key" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$SEED -r | cut -d' ' -f1) $key"
//	done | sort
const goldenRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

func golden() ([]string, []Row) {
	row := func(n int, key, date, stratum, who string) Row {
		d, _ := cadence.ParseDate(date)
		return Row{n, key, d, stratum, []string{who}}
	}
	return []string{"who"}, []Row{row(1, "T-1", "2026-01-05", "EU", "a"), row(2, "T-2", "2026-01-09", "US", "b"), row(3, "T-3", "2026-02-01", "EU", "c"),
		row(4, "T-4", "2026-03-01", "EU", "d"), row(5, "T-5", "2026-03-02", "US", "e"), row(6, "T-6", "2026-03-30", "APAC", "f")}
}

func keys(rows []Row, at []int) string {
	var out []string
	for _, i := range at {
		out = append(out, rows[i].Key)
	}
	return strings.Join(out, " ")
}

func TestSelectionCanBeMadeAgainWithAShell(t *testing.T) {
	columns, rows := golden()
	hash, err := HashOf(columns, rows)
	if err != nil || hash != "3ad01128d957f6d34aa71bf16eae284daadf9cc5ea65eb85584d0c78c2c09092" {
		t.Errorf("hash %s, %v", hash, err)
	}
	seed := Seed(goldenRoot, hash, 1)
	if seed != "787448ceb6e10fa241ccd09aa4e711770d3cc0a70154153278b6630b4ad5b5dd" {
		t.Errorf("seed %s", seed)
	}
	order, err := Order(seed, rows)
	if got := keys(rows, order); err != nil || got != "T-4 T-1 T-5 T-6 T-3 T-2" {
		t.Errorf("order %s, %v", got, err)
	}
	slices.Reverse(rows) // the order hangs on the keys alone
	if again, _ := Order(seed, rows); keys(rows, again) != "T-4 T-1 T-5 T-6 T-3 T-2" {
		t.Errorf("order of the rows the other way round: %s", keys(rows, again))
	}
	if _, err := Order("00", rows); err == nil {
		t.Error("a short seed is taken")
	}
}

func TestDraw(t *testing.T) {
	_, rows := golden()
	order := []int{3, 0, 4, 5, 2, 1} // T-4 T-1 T-5 T-6 T-3 T-2
	for _, tt := range []struct {
		name   string
		method Method
		taken  []int
		n      int
		want   string
	}{
		{"the first of the order", Random, nil, 2, "T-4 T-1"},
		{"all of it", Random, nil, 6, "T-4 T-1 T-5 T-6 T-3 T-2"},
		{"an extension goes on where the first round ended", Random, []int{3, 0}, 2, "T-5 T-6"},
		{"what was chosen by hand before is left out", Random, []int{4}, 3, "T-4 T-1 T-6"},
		{"each stratum has one", Stratified, nil, 3, "T-4 T-5 T-6"},
		{"then in proportion", Stratified, nil, 5, "T-4 T-1 T-5 T-6 T-2"},
		{"an extension keeps the proportion", Stratified, []int{3, 4, 5}, 2, "T-1 T-2"},
		{"fewer than strata: the largest first", Stratified, nil, 2, "T-4 T-5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			taken := map[int]bool{}
			for _, i := range tt.taken {
				taken[i] = true
			}
			at, err := Draw(tt.method, order, rows, taken, tt.n)
			if got := keys(rows, at); err != nil || got != tt.want {
				t.Errorf("%s, %v, want %s", got, err, tt.want)
			}
		})
	}
	for _, n := range []int{0, -1, 7} {
		if _, err := Draw(Random, order, rows, nil, n); err == nil {
			t.Errorf("%d items of six are drawn", n)
		}
	}
}

func TestAllocate(t *testing.T) {
	for _, tt := range []struct {
		name        string
		sizes, have map[string]int
		n           int
		want        map[string]int
	}{
		{"in proportion", map[string]int{"a": 60, "b": 30, "c": 10}, nil, 10, map[string]int{"a": 6, "b": 3, "c": 1}},
		// shares 4.29, 4.29 and 1.43: the largest remainder has c
		{"largest remainder", map[string]int{"a": 30, "b": 30, "c": 10}, nil, 10, map[string]int{"a": 4, "b": 4, "c": 2}},
		{"a small stratum has one all the same", map[string]int{"a": 990, "b": 10}, nil, 25, map[string]int{"a": 24, "b": 1}},
		{"equal remainders go by name", map[string]int{"a": 5, "b": 5}, nil, 3, map[string]int{"a": 2, "b": 1}},
		{"never more than there are", map[string]int{"a": 1, "b": 3}, nil, 4, map[string]int{"a": 1, "b": 3}},
		{"rows without a stratum are one", map[string]int{"": 8, "b": 2}, nil, 5, map[string]int{"": 4, "b": 1}},
		// of 10 of 10,3,1 in all: shares 7.1, 2.1, 0.7; nothing is taken back from c
		{"an extension takes nothing back", map[string]int{"a": 10, "b": 3, "c": 1}, map[string]int{"a": 1, "b": 1, "c": 1}, 7, map[string]int{"a": 7, "b": 2, "c": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Allocate(tt.sizes, tt.have, tt.n); !maps.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// The figures of the binomial are 1-(1-c)^(1/n) for no exception; those of the
// hypergeometric were found with whole numbers, without logarithms.
func TestUpperBound(t *testing.T) {
	for _, tt := range []struct {
		population, tested, exceptions int
		at90, at95                     float64
	}{
		{0, 25, 0, 0.088, 0.113}, {0, 40, 0, 0.056, 0.072}, {0, 60, 0, 0.038, 0.049}, {0, 45, 0, 0.050, 0.064}, {0, 25, 1, 0.147, 0.176},
		{0, 1, 0, 0.9, 0.95}, {0, 1, 1, 1, 1}, {0, 25, 25, 1, 1},
		// C(10-d,5)/C(10,5) is 126/252, 56/252, 21/252, 6/252 for d = 1 to 4
		{10, 5, 0, 0.2, 0.3},
		// with one exception among ten, nine items miss it with probability 1/10: that is not below a tenth, so it stays possible
		{10, 9, 0, 0.1, 0.1},
		{4, 2, 0, 0.5, 0.5}, {4, 2, 1, 0.75, 0.75},
		{12, 2, 0, 7. / 12, 8. / 12}, {50, 25, 0, 3. / 50, 4. / 50}, {52, 15, 0, 6. / 52, 8. / 52}, {100, 25, 0, 0.07, 0.09}, {100, 25, 1, 0.13, 0.15},
		{200, 25, 1, 28. / 200, 33. / 200}, {365, 40, 0, 19. / 365, 24. / 365}, {1000, 60, 2, 0.084, 0.099},
		{25, 25, 0, 0, 0}, {25, 25, 3, 0.12, 0.12}, {1, 1, 0, 0, 0}, {1, 1, 1, 1, 1}, {10, 5, 5, 1, 1}, // all seen; all exceptions
		{10, 0, 0, 1, 1}, {0, 0, 0, 1, 1}, // nothing tested
	} {
		r := RateOf(tt.population, tt.tested, tt.exceptions)
		if math.Abs(r.Bound90-tt.at90) > 0.0005 || math.Abs(r.Bound95-tt.at95) > 0.0005 {
			t.Errorf("%d exceptions in %d of %d: at most %.4f and %.4f, want %.4f and %.4f", tt.exceptions, tt.tested, tt.population, r.Bound90, r.Bound95, tt.at90, tt.at95)
		}
	}
	big, without := RateOf(100_000, 60, 1), RateOf(0, 60, 1)
	if math.Abs(big.Bound90-without.Bound90) > 0.0005 {
		t.Errorf("a large population has %.5f, one without end %.5f", big.Bound90, without.Bound90)
	}
}

// TestBoundKeepsItsWord counts, over every population of a size and with whole
// numbers, how often the bound would be too low: never more often than it says.
func TestBoundKeepsItsWord(t *testing.T) {
	for _, size := range []int{1, 7, 24, 60} {
		for n := 1; n <= size; n++ {
			var bound []int
			for k := range n + 1 {
				bound = append(bound, hypergeometricBound(size, n, k, 0.1))
			}
			for d := range size + 1 {
				missed, all := 0.0, pascal(size, n)
				for k := max(0, n-(size-d)); k <= min(n, d); k++ {
					if bound[k] < d {
						missed += pascal(d, k) * pascal(size-d, n-k) / all
					}
				}
				if missed > 0.1+1e-12 {
					t.Fatalf("%d of %d, %d exceptions: the bound is too low with probability %.6f", n, size, d, missed)
				}
			}
		}
	}
}

// pascal is the binomial coefficient by addition.
func pascal(n, k int) float64 {
	line := []float64{1}
	for range n {
		next := make([]float64, len(line)+1)
		for i, v := range line {
			next[i] += v
			next[i+1] += v
		}
		line = next
	}
	if k < 0 || k > n {
		return 0
	}
	return line[k]
}

func TestSpread(t *testing.T) {
	year := cadence.Days{From: cadence.On(2026, time.January, 1), To: cadence.On(2026, time.December, 31)}
	days := func(months ...time.Month) []cadence.Date {
		var out []cadence.Date
		for _, m := range months {
			out = append(out, cadence.On(2026, m, 15))
		}
		return out
	}
	all := days(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	for _, tt := range []struct {
		name                 string
		population, selected []cadence.Date
		want                 []string // beginnings
	}{
		{"well spread", all, days(2, 5, 8, 11), nil},
		{"before anything is drawn", all, nil, nil},
		{"nothing of a quarter", all, days(2, 5, 6, 11), []string{"From 2026-07-02 to 2026-09-30 there are 3 items"}},
		{"two items cover two halves", all, days(2, 8), nil},
		{"an empty quarter of the population is no omission", days(1, 2, 4, 10, 12), days(1, 2, 4, 10), nil},
		{"a control that began in June", days(6, 7, 8, 9, 10, 11, 12), days(6, 8, 10, 11), []string{"The first item is of 2026-06-15, 165 days into the window."}},
		{"a list that ends in August", days(1, 3, 5, 8), nil, []string{"The last item is of 2026-08-15, 138 days before"}},
		{"no dates", []cadence.Date{0, 0}, nil, []string{"No item has a date"}},
		{"one date missing, one outside", append(days(1, 6, 12), 0, cadence.On(2027, 1, 1)), nil, []string{"1 item has no date", "1 item has a date outside"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Spread(year, tt.population, tt.selected)
			ok := len(got) == len(tt.want)
			for i := range got {
				ok = ok && strings.HasPrefix(got[i], tt.want[i])
			}
			if !ok {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func BenchmarkOrder(b *testing.B) {
	rows := make([]Row, MaxRows)
	for i := range rows {
		rows[i].Key = fmt.Sprintf("CHG-%06d", i)
	}
	seed := Seed(goldenRoot, "", 1)
	for b.Loop() {
		if _, err := Order(seed, rows); err != nil {
			b.Fatal(err)
		}
	}
}

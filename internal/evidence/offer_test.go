package evidence

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

func TestWhoTakesAKindOfEvidence(t *testing.T) {
	for _, tt := range []struct {
		name, kind  string
		control     []string
		iso, others bool
		why         string
	}{
		{"one item serves both", "access-review-record", []string{"access-review-record"}, true, true, ""},
		{"also when the control names other kinds", "backup-report", []string{"access-review-record"}, true, true, ""},
		{"minutes of the board serve SOC 2", "board-minutes", []string{"board-minutes"}, false, true, "do not take it"},
		{"and so they do beside those of management", "board-minutes", []string{"board-minutes", "management-review-minutes"}, false, true, "do not take it"},
		{"only management's own minutes serve ISO", "management-review-minutes", []string{"board-minutes", "management-review-minutes"}, true, false, "other frameworks do not take it"},
		{"nothing replaces the report of an internal audit", "independent-review-report", []string{"internal-audit-report"}, false, true, "“Internal audit report” and nothing in its place"},
		{"what is no kind proves nothing", "screenshot", nil, false, false, "not in the vocabulary"},
	} {
		got := Takes(tt.kind, tt.control)
		if got.ISO != tt.iso || got.Others != tt.others || !strings.Contains(got.Why, tt.why) || (got.Why == "") != (tt.why == "") {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func on(d string) time.Time {
	t, err := time.Parse(time.DateOnly, d)
	if err != nil {
		panic(err)
	}
	return t.Add(12 * time.Hour)
}

func TestOffersSayWhyAnItemFitsAndWhatItWouldNotDo(t *testing.T) {
	cc61 := framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}
	w := Wanted{Control: "c", Code: "AC-04", ControlKinds: []string{"access-review-record", "account-list"}, Kinds: []string{"access-review-record"}, Requirements: []framework.Ref{cc61},
		Period: cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 3, 31)}}
	relatives := map[string]Relative{"near": {Code: "AC-02", Shares: []framework.Ref{cc61}}, "far": {Code: "BC-01"}}
	now := on("2026-03-20")
	item := func(id, kind, captured string, tags ...Tag) Item {
		return Item{ID: id, Kind: kind, CapturedAt: on(captured), Tags: tags}
	}
	near, far, here := Tag{Control: "near"}, Tag{Control: "far"}, Tag{Control: "c"}
	for _, tt := range []struct {
		name  string
		item  Item
		fits  bool
		why   string
		short []string
	}{
		{"the kind asked for, in the period, under a control that shares a requirement", item("1", "access-review-record", "2026-02-10", near), true,
			"Access review record, captured on 10 February 2026, is filed for AC-02, which counts for " + cc61.Words() + " as well.", nil},
		{"the same under a control that shares none", item("2", "access-review-record", "2026-02-10", far), true, "is of the kind that proves AC-04.", nil},
		{"filed here already", item("3", "access-review-record", "2026-02-10", here), true, "is filed for AC-04 already.", nil},
		{"filed for the requirement itself", item("4", "access-review-record", "2026-02-10", Tag{Requirement: cc61}), true, "is filed for " + cc61.Words() + ", which AC-04 counts for.", nil},
		{"captured on the first day", item("5", "access-review-record", "2026-01-01"), true, "", nil},
		{"captured the day before", item("6", "access-review-record", "2025-12-31"), false, "", []string{"It was captured before the period began on 1 January 2026."}},
		{"captured before, but it speaks of a part of the period",
			Item{ID: "7", Kind: "access-review-record", CapturedAt: on("2026-01-20"), Period: cadence.Days{From: cadence.On(2025, 12, 1), To: cadence.On(2026, 1, 15)}}, true, "", nil},
		{"it speaks of another period", Item{ID: "8", Kind: "access-review-record", CapturedAt: on("2026-01-20"), Period: cadence.Days{From: cadence.On(2025, 10, 1), To: cadence.On(2025, 12, 31)}}, false, "",
			[]string{"It speaks of 2025-10-01 to 2025-12-31, which is outside the period you need, 2026-01-01 to 2026-03-31."}},
		{"lapsed", Item{ID: "9", Kind: "access-review-record", CapturedAt: on("2026-01-20"), ValidFor: 30 * 24 * time.Hour}, false, "", []string{"It lapsed on 19 February 2026."}},
		{"another kind of the control's own", item("10", "account-list", "2026-02-10", near), false, "", []string{"It is of another kind than the one you ask for."}},
	} {
		got := Offers(w, relatives, []Item{tt.item}, now)
		if len(got) != 1 || got[0].Fits != tt.fits || !strings.Contains(got[0].Why, tt.why) || !slices.Equal(got[0].Short, tt.short) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	audit := Wanted{Control: "c", Code: "GV-09", ControlKinds: []string{"internal-audit-report", "independent-review-report"}}
	report, other := Item{ID: "a", Kind: "internal-audit-report", CapturedAt: on("2026-01-20")}, Item{ID: "b", Kind: "independent-review-report", CapturedAt: on("2026-01-21")}
	if got := Offers(audit, nil, []Item{other, report}, now); len(got) != 2 || !got[0].Fits || got[0].Item.ID != "a" || got[1].Fits || !strings.Contains(got[1].Short[0], "nothing in its place") {
		t.Errorf("for an internal audit: %+v", got)
	}
	rejected := item("11", "access-review-record", "2026-02-10", near)
	rejected.Review = Rejected
	replaced := item("12", "access-review-record", "2026-02-10", near)
	replaced.SupersededBy = "1"
	if got := Offers(w, relatives, []Item{rejected, replaced, item("13", "tls-scan", "2026-02-10", near)}, now); len(got) != 0 {
		t.Errorf("offered %+v", got)
	}
	all := []Item{item("old", "access-review-record", "2025-12-31", near), item("far", "access-review-record", "2026-02-12", far), item("near", "access-review-record", "2026-02-10", near), item("here", "access-review-record", "2026-01-10", here)}
	var order []string
	for _, o := range Offers(w, relatives, all, now) {
		order = append(order, o.Item.ID)
	}
	if want := []string{"here", "near", "far", "old"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

func TestRetentionCountsFromCaptureAndWaitsForTheLapse(t *testing.T) {
	i := Item{CapturedAt: on("2024-01-31")}
	for _, tt := range []struct {
		name   string
		months int
		valid  time.Duration
		want   time.Time
	}{
		{"kept until somebody erases it", 0, 0, time.Time{}},
		{"two years", 24, 0, on("2026-01-31")},
		{"one that never lapses waits for nothing", 12, 0, on("2025-01-31")},
		{"one that is current for longer is kept until it lapses", 12, 3 * 365 * 24 * time.Hour, on("2027-01-30")},
	} {
		i.ValidFor = tt.valid
		if got := (Keeping{Months: tt.months}).Until(i); !got.Equal(tt.want) {
			t.Errorf("%s: until %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestAnItemIsCurrentFromCaptureUntilItLapses(t *testing.T) {
	captured := on("2026-03-01")
	for _, tt := range []struct {
		name            string
		validFor, after time.Duration
		want            bool
	}{
		{"at capture", time.Hour, 0, true},
		{"before capture", time.Hour, -1, false},
		{"just before lapse", time.Hour, time.Hour - 1, true},
		{"at lapse", time.Hour, time.Hour, false},
		{"zero never lapses", 0, 90 * 365 * 24 * time.Hour, true},
	} {
		if got := (Item{CapturedAt: captured, ValidFor: tt.validFor}).Current(captured.Add(tt.after)); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestWhatTookAnItemOutFirstCounts(t *testing.T) {
	a, b, c := on("2026-01-01"), on("2026-02-01"), on("2026-03-01")
	for _, tt := range []struct {
		name  string
		item  Item
		at    time.Time
		wrong bool
	}{
		{"it stands", Item{Review: Accepted, ReviewedAt: a}, time.Time{}, false},
		{"rejected", Item{Review: Rejected, ReviewedAt: b}, b, true},
		{"superseded before it was rejected", Item{Review: Rejected, ReviewedAt: b, SupersededBy: "x", SupersededAt: a}, a, true},
		{"erased, and it was right until then", Item{Erased: &Tombstone{At: c}}, c, false},
		{"erased after it was superseded", Item{Erased: &Tombstone{At: c}, SupersededBy: "x", SupersededAt: b}, b, true},
	} {
		if at, wrong := tt.item.out(); !at.Equal(tt.at) || wrong != tt.wrong {
			t.Errorf("%s: %s, wrong %t", tt.name, at, wrong)
		}
	}
}

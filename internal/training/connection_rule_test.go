package training

import (
	"strings"
	"testing"
	"time"
)

var (
	ruleNow  = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	ruleDone = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
)

func TestJudge(t *testing.T) {
	done := func(course, module string, at time.Time) Row {
		return Row{ID: course + module, Course: course, Module: module, Title: module, State: RowDone, Word: "Passed", CompletedAt: at}
	}
	row := func(module string, s RowState) Row {
		return Row{ID: module, Course: "c", Module: module, Title: module, State: s, Word: string(s)}
	}
	again := func(r Row, id string, at time.Time) Row { r.ID, r.EnrolledAt, r.Repeats = id, at, true; return r }
	for _, tt := range []struct {
		name string
		rows []Row
		want EnrolmentState
		at   time.Time
		why  string
	}{
		{"enrolled in nothing", nil, NotEnrolled, time.Time{}, "none of the selected"},
		{"every module done: on the day of the last", []Row{done("c", "a", ruleDone.Add(time.Hour)), done("c", "b", ruleDone)}, Completed, ruleDone.Add(time.Hour), "All 2 done"},
		{"one module open", []Row{done("c", "a", ruleDone), row("b", RowOpen)}, Enrolled, time.Time{}, "1 of 2 done; open: “b”"},
		{"one of two campaigns open", []Row{done("c", "a", ruleDone), {Course: "d", Title: "x", State: RowOpen}}, Enrolled, time.Time{}, "“x”"},
		{"a word nobody knows is no pass", []Row{done("c", "a", ruleDone), row("b", RowUnknown)}, Unknown, time.Time{}, "“b” (unknown)"},
		{"open says more than unknown", []Row{row("a", RowOpen), row("b", RowUnknown)}, Enrolled, time.Time{}, "open"},
		{"exempted from all", []Row{row("a", RowExempt)}, Exempted, time.Time{}, "Exempted"},
		{"exempted from a part", []Row{done("c", "a", ruleDone), row("b", RowExempt)}, Completed, ruleDone, "the rest exempted"},
		{"done without a date", []Row{done("c", "a", time.Time{})}, Unknown, time.Time{}, "without a date"},
		{"done in the future", []Row{done("c", "a", ruleNow.Add(48*time.Hour))}, Unknown, time.Time{}, "2026-11-28"},
		{"a zone ahead is not the future", []Row{done("c", "a", ruleNow.Add(12*time.Hour))}, Completed, ruleNow.Add(12 * time.Hour), ""},
		{"enrolled anew counts the latest", []Row{again(done("c", "a", ruleDone), "9", ruleDone), again(row("a", RowOpen), "10", ruleNow)}, Enrolled, time.Time{}, ""},
		{"in whatever order", []Row{again(row("a", RowOpen), "10", ruleNow), again(done("c", "a", ruleDone), "9", ruleDone)}, Enrolled, time.Time{}, ""},
		{"without days of enrolment the higher number is later", []Row{again(row("a", RowOpen), "9", time.Time{}), again(done("c", "a", ruleDone), "10", time.Time{})}, Completed, ruleDone, ""},
		{"twice in a campaign that does not repeat: both", []Row{done("c", "a", ruleDone), row("a", RowOpen)}, Enrolled, time.Time{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Judge(tt.rows, ruleNow)
			if got.State != tt.want || !got.At.Equal(tt.at) || !strings.Contains(got.Reason, tt.why) {
				t.Errorf("got %s at %v: %s", got.State, got.At, got.Reason)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	pass := []Row{{ID: "1", Course: "c", Title: "Basics", State: RowDone, Word: "Passed", CompletedAt: ruleDone}}
	reg := func(id, email string, numbers ...string) Registered {
		return Registered{ID: id, Name: strings.ToUpper(id), Email: email, Numbers: numbers, Wanted: true}
	}
	learner := func(id, number string, emails ...string) Learner {
		return Learner{ID: id, Number: number, Emails: emails, Rows: pass}
	}
	for _, tt := range []struct {
		name     string
		people   []Registered
		learners []Learner
		states   map[string]EnrolmentState
		troubles []TroubleKind
	}{
		{"by address in whatever case", []Registered{reg("a", "ada@one.test")}, []Learner{learner("1", "", " Ada@ONE.test")}, map[string]EnrolmentState{"a": Completed}, nil},
		{"by alias", []Registered{reg("a", "ada@one.test")}, []Learner{learner("1", "", "a.l@one.test", "ADA@one.test")}, map[string]EnrolmentState{"a": Completed}, nil},
		{"renamed: by number, zeros in front or not", []Registered{reg("a", "ada.new@one.test", "0017")}, []Learner{learner("1", "17", "ada@one.test")}, map[string]EnrolmentState{"a": Completed}, nil},
		{"no account", []Registered{reg("a", "ada@one.test")}, nil, map[string]EnrolmentState{"a": NotEnrolled}, []TroubleKind{NoAccount}},
		{"two accounts for one person", []Registered{reg("a", "ada@one.test")}, []Learner{learner("1", "", "ada@one.test"), learner("2", "", "x@one.test", "ada@one.test")}, map[string]EnrolmentState{"a": Unknown}, []TroubleKind{TwoAccounts}},
		{"one account claimed by two", []Registered{reg("a", "ada@one.test"), reg("b", "bo@one.test")}, []Learner{learner("1", "", "ada@one.test", "bo@one.test")}, map[string]EnrolmentState{"a": Unknown, "b": Unknown}, []TroubleKind{ClaimedTwice, ClaimedTwice}},
		{"claimed by address and by number", []Registered{reg("a", "ada@one.test"), reg("b", "bo@one.test", "9")}, []Learner{learner("1", "9", "ada@one.test")}, map[string]EnrolmentState{"a": Unknown, "b": Unknown}, []TroubleKind{ClaimedTwice, ClaimedTwice}},
		{"swapped addresses", []Registered{reg("a", "ada@one.test", "1"), reg("b", "bo@one.test", "2")}, []Learner{learner("1", "2", "ada@one.test"), learner("2", "1", "bo@one.test")}, map[string]EnrolmentState{"a": Unknown, "b": Unknown}, []TroubleKind{NumbersDiffer, NumbersDiffer}},
		{"a number nobody here has changes nothing", []Registered{reg("a", "ada@one.test", "1")}, []Learner{learner("1", "99", "ada@one.test")}, map[string]EnrolmentState{"a": Completed}, nil},
		{"a number two people here have identifies nobody", []Registered{reg("a", "ada@one.test", "1"), reg("b", "bo@one.test", "1")}, []Learner{learner("1", "1", "old@one.test")}, map[string]EnrolmentState{"a": NotEnrolled, "b": NotEnrolled}, []TroubleKind{NoAccount, NoAccount, UnknownHere}},
		{"nobody here", nil, []Learner{learner("1", "", "guest@else.test")}, map[string]EnrolmentState{}, []TroubleKind{UnknownHere}},
		{"without an address there is nothing to match", []Registered{reg("a", "")}, []Learner{{ID: "1", Emails: []string{""}, Rows: pass}}, map[string]EnrolmentState{"a": NotEnrolled}, []TroubleKind{NoAccount, UnknownHere}},
		{"who is not wanted is left alone, and is no stranger", []Registered{{ID: "a", Email: "ada@one.test"}}, []Learner{learner("1", "", "ada@one.test")}, map[string]EnrolmentState{}, nil},
		{"an account without enrolment", []Registered{reg("a", "ada@one.test")}, []Learner{{ID: "1", Emails: []string{"ada@one.test"}}}, map[string]EnrolmentState{"a": NotEnrolled}, []TroubleKind{NotEnrolledThere}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := Match(Security, tt.people, Report{Learners: tt.learners}, ruleNow)
			if len(m.Said) != len(tt.states) {
				t.Errorf("said %+v", m.Said)
			}
			for _, e := range m.Said {
				if tt.states[e.Person] != e.State || e.Reason == "" {
					t.Errorf("%s is %s: %s", e.Person, e.State, e.Reason)
				}
			}
			var kinds []TroubleKind
			for _, x := range m.Troubles {
				kinds = append(kinds, x.Kind)
			}
			if strings.Join(words(kinds), " ") != strings.Join(words(tt.troubles), " ") {
				t.Errorf("troubles %v, want %v", kinds, tt.troubles)
			}
		})
	}
}

func words(kinds []TroubleKind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return out
}

func TestUnreadableEnrolmentIsNeverNotEnrolled(t *testing.T) {
	m := Match(Security, []Registered{{ID: "a", Email: "ada@one.test", Wanted: true}}, Report{Unreadable: []string{"c"}}, ruleNow)
	if len(m.Said) != 1 || m.Said[0].State != Unknown {
		t.Errorf("said %+v", m.Said)
	}
}

func TestWarnings(t *testing.T) {
	rep := Report{Campaigns: []Campaign{{ID: "1", Title: "Empty"}, {ID: "2", Title: "Over", Warning: "It is over."}},
		Learners: []Learner{{ID: "x", Emails: []string{"x@one.test"}, Rows: []Row{{Course: "2", State: RowOpen}}}}}
	people := []Registered{{ID: "a", Email: "a@one.test", Wanted: true}, {ID: "b", Email: "b@one.test", Wanted: true}}
	var text []string
	for _, w := range Warnings(Security, map[string]string{"1": "Empty", "2": "Over"}, rep, Match(Security, people, rep, ruleNow)) {
		text = append(text, w.Text)
	}
	for i, want := range []string{"Nobody is enrolled in “Empty”", "“Over”: It is over.", "wrong campaign"} {
		if i >= len(text) || !strings.Contains(text[i], want) {
			t.Errorf("warnings %q, want %q at %d", text, want, i)
		}
	}
}

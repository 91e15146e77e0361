package conformance

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// keep sends a file.
func (h *house) keep(t testing.TB, who access.Actor, name, content string, at time.Time) evidence.File {
	t.Helper()
	f, err := h.evidence.Keep(t.Context(), who, name, strings.NewReader(content), at)
	must(t, err)
	return f
}

// reviewRecord is a filing that lacks nothing, captured an hour before it is filed.
func (h *house) reviewRecord(t testing.TB, who access.Actor, title string, at time.Time, controls ...string) evidence.Filing {
	t.Helper()
	return evidence.Filing{Title: title, Kind: "access-review-record", CapturedAt: at.Add(-time.Hour), Controls: controls,
		Files: []evidence.File{h.keep(t, who, title+".txt", "content of "+title, at)}}
}

func (h *house) file(t testing.TB, who access.Actor, f evidence.Filing, at time.Time) evidence.Item {
	t.Helper()
	i, err := h.evidence.File(t.Context(), who, f, at)
	must(t, err)
	return i
}

func (h *house) control(t testing.TB, code string) control.Control {
	t.Helper()
	c, err := h.controls.Create(t.Context(), h.actors[access.Administrator], control.Control{Code: code, Title: "A control"}, now)
	must(t, err)
	return c
}

// code fails the test unless err is a problem of a kind.
func code(t testing.TB, what string, err error, want problem.Code) {
	t.Helper()
	if err == nil || problem.Of(err).Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestAnItemComesBackAsItWasFiled(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		a, b := h.control(t, "AC-1"), h.control(t, "AC-2")
		for n, text := range nasty {
			at := now.Add(time.Duration(n) * time.Hour)
			f := evidence.Filing{Title: text, Note: text + "\nsecond line", Kind: "backup-report", CapturedAt: at.Add(-time.Minute), ValidFor: 90 * 24 * time.Hour,
				Period: cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 2, 28)}, Source: evidence.Connector, Collector: text, Version: "1.2",
				Links:    []evidence.Link{{URL: "https://example.com/?q=" + fmt.Sprint(n)}},
				Controls: []string{"ac-2", a.ID}, Requirements: []framework.Ref{annexA},
				Files: []evidence.File{h.keep(t, who, text, "bytes "+text, at)}}
			i := h.file(t, who, f, at)
			got, err := h.evidence.Find(ctx, who, i.ID)
			must(t, err)
			if got.Title != text || got.Note != f.Note || got.Collector != text || got.Version != "1.2" || got.Period != f.Period || got.ValidFor != f.ValidFor ||
				!got.CapturedAt.Equal(f.CapturedAt.Truncate(time.Microsecond)) || got.FiledBy != who.Account() || !slices.Equal(got.Links, f.Links) {
				t.Errorf("%+v, want %+v", got, f)
			}
			if len(got.Tags) != 3 || got.Tags[0].Control != a.ID || got.Tags[1].Control != b.ID || got.Tags[2].Requirement != annexA {
				t.Errorf("tags %+v", got.Tags)
			}
			file, r, err := h.evidence.Open(ctx, who, i.ID, 0)
			must(t, err)
			content, err := io.ReadAll(r)
			must(t, err)
			r.Close()
			if string(content) != "bytes "+text || file.Bytes != int64(len(content)) {
				t.Errorf("content %q of %+v", content, file)
			}
			page, err := h.evidence.List(ctx, who, evidence.Filter{Text: strings.ToUpper(text)}, at)
			if must(t, err); page.Total != 1 || page.Items[0].ID != i.ID {
				t.Errorf("%q is not found by its text: %+v", text, page)
			}
		}
		must(t, h.log.Verify(ctx, h.d, who.Org()))
	})
}

func TestWhatIsWrongWithAFilingIsSaid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		h.control(t, "AC-1")
		good := h.reviewRecord(t, who, "Access review", now, "AC-1")
		for _, tt := range []struct {
			name, field string
			change      func(f *evidence.Filing)
		}{
			{"no title", "title", func(f *evidence.Filing) { f.Title = "  " }},
			{"a kind nobody knows", "kind", func(f *evidence.Filing) { f.Kind = "screenshot" }},
			{"no moment of capture", "captured_at", func(f *evidence.Filing) { f.CapturedAt = time.Time{} }},
			{"captured a moment after it is filed", "captured_at", func(f *evidence.Filing) { f.CapturedAt = now.Add(time.Microsecond) }},
			{"captured before 2000", "captured_at", func(f *evidence.Filing) { f.CapturedAt = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC) }},
			{"a period backwards", "period", func(f *evidence.Filing) {
				f.Period = cadence.Days{From: cadence.On(2026, 2, 1), To: cadence.On(2026, 1, 1)}
			}},
			{"a period that is not over", "period", func(f *evidence.Filing) {
				f.Period = cadence.Days{From: cadence.On(2026, 2, 1), To: cadence.On(2026, 3, 31)}
			}},
			{"valid for less than nothing", "valid_for", func(f *evidence.Filing) { f.ValidFor = -time.Hour }},
			{"nothing to look at", "file", func(f *evidence.Filing) { f.Files = nil }},
			{"a file nobody sent", "file", func(f *evidence.Filing) { f.Files = []evidence.File{{Name: "x", SHA256: strings.Repeat("ab", 32)}} }},
			{"a digest that is none", "file", func(f *evidence.Filing) { f.Files = []evidence.File{{Name: "x", SHA256: "xyz"}} }},
			{"a link that runs", "links", func(f *evidence.Filing) { f.Links = []evidence.Link{{URL: "javascript:alert(1)"}} }},
			{"a control that is not there", "controls", func(f *evidence.Filing) { f.Controls = []string{"ZZ-9"} }},
			{"a requirement that is not there", "requirements", func(f *evidence.Filing) {
				f.Requirements = []framework.Ref{{Framework: "iso27001-2022", ID: "A.99"}}
			}},
			{"a program without a name", "collector", func(f *evidence.Filing) { f.Source, f.Collector = evidence.Agent, "" }},
			{"it corrects nothing", "supersedes", func(f *evidence.Filing) { f.Supersedes = "none" }},
		} {
			f := good
			tt.change(&f)
			_, err := h.evidence.File(ctx, who, f, now)
			if code(t, tt.name, err, problem.Invalid); err != nil && problem.Of(err).Field != tt.field {
				t.Errorf("%s: field %q, want %q", tt.name, problem.Of(err).Field, tt.field)
			}
		}
		if n := h.rows(t, who.Org())["evidence_item"]; n != 0 {
			t.Errorf("%d items were filed all the same", n)
		}
		h.file(t, who, good, now) // captured at the moment of filing would do as well
		good.CapturedAt, good.Title = now, "Captured now"
		h.file(t, who, good, now)
	})
}

func TestFilingTwiceWithOneKeyFilesOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Contributor], t.Context()
		h.control(t, "AC-1")
		f := h.reviewRecord(t, who, "Access review", now, "AC-1")
		f.Key = "upload-17"
		first := h.file(t, who, f, now)
		leaves := h.leaves(t, who.Org())
		again := h.file(t, who, f, now.Add(time.Minute))
		if again.ID != first.ID || !again.FiledAt.Equal(first.FiledAt) || h.leaves(t, who.Org()) != leaves {
			t.Errorf("filed %s and %s, %d leaves more", first.ID, again.ID, h.leaves(t, who.Org())-leaves)
		}
		other := h.reviewRecord(t, h.actors[access.Manager], "Access review by another", now, "AC-1")
		other.Key = "upload-17"
		if i := h.file(t, h.actors[access.Manager], other, now); i.ID == first.ID {
			t.Error("the key of one account found the item of another")
		}
		f.Key = ""
		_, err := h.evidence.File(ctx, who, f, now)
		code(t, "the same bytes of the same moment under the same control", err, problem.Conflict)
		if err != nil && !strings.Contains(err.Error(), first.ID) {
			t.Errorf("%v does not name %s", err, first.ID)
		}
		h.control(t, "AC-2")
		f.Controls = []string{"AC-2"}
		h.file(t, who, f, now)
		f.Controls, f.CapturedAt = []string{"AC-1"}, f.CapturedAt.Add(time.Second)
		h.file(t, who, f, now)
	})
}

// inRegister makes a person of the register and links the account of a role to it.
func (h *house) inRegister(t testing.TB, r access.Role, name string) people.Person {
	t.Helper()
	who := h.actors[access.Administrator]
	p, err := h.people.Add(t.Context(), who, people.Person{Name: name}, now)
	must(t, err)
	if r != "" {
		must(t, h.people.LinkAccount(t.Context(), who, p.ID, h.accounts[r].ID, now))
	}
	return p
}

func TestARequestIsAnsweredByWhoeverItIsAddressedTo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		manager, employee, contributor, ctx := h.actors[access.Manager], h.actors[access.Employee], h.actors[access.Contributor], t.Context()
		c := h.control(t, "AC-1")
		h.control(t, "AC-2")
		person, stranger := h.inRegister(t, access.Employee, "Emma"), h.inRegister(t, "", "Sam")
		due := cadence.DateOf(now, time.UTC) + 7
		_, err := h.evidence.Keep(ctx, employee, "x.txt", strings.NewReader("x"), now)
		code(t, "an employee sends a file nobody asked for", err, problem.Forbidden)
		ask := evidence.Ask{Person: person.ID, Kind: "access-review-record", Controls: []string{"AC-1"}, DueOn: due, Note: "For the audit."}
		r, err := h.evidence.Ask(ctx, manager, ask, now)
		must(t, err)
		ask.Person = stranger.ID
		foreign, err := h.evidence.Ask(ctx, manager, ask, now)
		must(t, err)

		mine, err := h.evidence.Requests(ctx, employee, evidence.RequestFilter{})
		if must(t, err); len(mine) != 1 || mine[0].ID != r.ID || mine[0].Note != "For the audit." || !slices.Equal(mine[0].Controls, []string{c.ID}) {
			t.Errorf("the employee sees %+v", mine)
		}
		if mine[0].Overdue(due) || !mine[0].Overdue(due+1) {
			t.Error("a request is overdue from the day after its date on")
		}
		tasks, err := h.toDo(t, employee)
		if must(t, err); !slices.Equal(tasks, []string{"File evidence: Access review record for AC-1"}) {
			t.Errorf("tasks %q", tasks)
		}
		f := h.reviewRecord(t, employee, "My review", now)
		_, err = h.evidence.File(ctx, employee, f, now)
		code(t, "an employee files without a request", err, problem.Forbidden)
		f.Request = foreign.ID
		_, err = h.evidence.File(ctx, employee, f, now)
		code(t, "an employee answers somebody else's request", err, problem.NotFound)
		f.Request, f.Controls = r.ID, []string{"AC-2"}
		_, err = h.evidence.File(ctx, employee, f, now)
		code(t, "an employee says what it counts for", err, problem.Forbidden)
		f.Controls = nil
		i := h.file(t, employee, f, now)
		if len(i.Tags) != 1 || i.Tags[0].Control != c.ID {
			t.Errorf("tags %+v", i.Tags)
		}
		if got, err := h.evidence.Find(ctx, employee, i.ID); err != nil || got.ID != i.ID {
			t.Errorf("an employee does not see what he or she filed: %v", err)
		}
		other := h.file(t, contributor, h.reviewRecord(t, contributor, "Not yours", now), now)
		_, err = h.evidence.Find(ctx, employee, other.ID)
		code(t, "an employee looks at somebody else's evidence", err, problem.NotFound)

		got, err := h.evidence.FindRequest(ctx, manager, r.ID)
		if must(t, err); got.State != evidence.Answered || !slices.Equal(got.Items, []string{i.ID}) || !got.AnsweredAt.Equal(now) || got.Overdue(due+1) {
			t.Errorf("%+v", got)
		}
		if tasks, _ = h.toDo(t, employee); len(tasks) != 0 {
			t.Errorf("the employee still has %q", tasks)
		}
		if tasks, _ = h.toDo(t, manager); !slices.Equal(tasks, []string{"Look at what came: Access review record for AC-1"}) {
			t.Errorf("the manager has %q", tasks)
		}
		must(t, h.evidence.Settle(ctx, manager, r.ID, false, "The second page is missing.", now.Add(time.Hour)))
		if tasks, _ = h.toDo(t, employee); len(tasks) != 1 {
			t.Errorf("the employee has %q, want the request again", tasks)
		}
		must(t, h.evidence.Answer(ctx, contributor, r.ID, other.ID, now.Add(2*time.Hour)))
		if got, err := h.evidence.Find(ctx, manager, other.ID); err != nil || !got.For(c.ID) {
			t.Errorf("what answers a request is not offered for its controls: %+v, %v", got.Tags, err)
		}
		must(t, h.evidence.Settle(ctx, manager, r.ID, true, "", now.Add(3*time.Hour)))
		code(t, "settling twice", h.evidence.Settle(ctx, manager, r.ID, true, "", now), problem.Conflict)
		code(t, "cancelling what is closed", h.evidence.Cancel(ctx, manager, r.ID, "", now), problem.Conflict)
		code(t, "answering what is closed", h.evidence.Answer(ctx, contributor, r.ID, other.ID, now), problem.Conflict)
		must(t, h.evidence.Cancel(ctx, manager, foreign.ID, "Not needed.", now.Add(3*time.Hour)))
		got, err = h.evidence.FindRequest(ctx, manager, r.ID)
		if must(t, err); got.State != evidence.Satisfied || !slices.Equal(got.Items, []string{i.ID, other.ID}) {
			t.Errorf("%+v", got)
		}
		if tasks, _ = h.toDo(t, manager); len(tasks) != 0 {
			t.Errorf("the manager still has %q", tasks)
		}
		must(t, h.log.Verify(ctx, h.d, manager.Org()))
	})
}

// toDo returns the titles of what an actor has to do.
func (h *house) toDo(t testing.TB, who access.Actor) ([]string, error) {
	t.Helper()
	list, err := task.NewStore(h.d, h.log).Mine(t.Context(), who, now)
	var out []string
	for _, x := range list.Open {
		out = append(out, x.Title)
	}
	return out, err
}

func TestWhatIsWrongWithARequestIsSaid(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Manager], t.Context()
		h.control(t, "AC-1")
		today := cadence.DateOf(now, time.UTC)
		good := evidence.Ask{Person: h.inRegister(t, "", "Sam").ID, Kind: "backup-report", Controls: []string{"AC-1"}, DueOn: today}
		for _, tt := range []struct {
			name, field string
			change      func(a *evidence.Ask)
		}{
			{"nobody", "person", func(a *evidence.Ask) { a.Person = "" }},
			{"somebody who is not in the register", "person", func(a *evidence.Ask) { a.Person = who.Account() }},
			{"nothing", "kind", func(a *evidence.Ask) { a.Kind = "" }},
			{"for no control", "controls", func(a *evidence.Ask) { a.Controls = nil }},
			{"by no day", "due_on", func(a *evidence.Ask) { a.DueOn = 0 }},
			{"by a day that is over", "due_on", func(a *evidence.Ask) { a.DueOn = today - 2 }},
			{"by a day nobody lives to see", "due_on", func(a *evidence.Ask) { a.DueOn = today + 100*365 }},
		} {
			a := good
			tt.change(&a)
			_, err := h.evidence.Ask(ctx, who, a, now)
			if code(t, tt.name, err, problem.Invalid); err != nil && problem.Of(err).Field != tt.field {
				t.Errorf("%s: field %q, want %q", tt.name, problem.Of(err).Field, tt.field)
			}
		}
		_, err := h.evidence.Ask(ctx, who, good, now)
		must(t, err)
	})
}

func TestAReviewIsAskedOfSomebodyWhoMayAndDidNotFileIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		manager, admin, contributor, ctx := h.actors[access.Manager], h.actors[access.Administrator], h.actors[access.Contributor], t.Context()
		a := h.file(t, contributor, h.reviewRecord(t, contributor, "one", now), now)
		b := h.file(t, manager, h.reviewRecord(t, manager, "two", now), now)
		_, err := h.evidence.AskReview(ctx, contributor, []string{a.ID}, contributor.Account(), 0, now)
		code(t, "of somebody who may not", err, problem.Invalid)
		n, err := h.evidence.AskReview(ctx, contributor, []string{a.ID, b.ID}, manager.Account(), 0, now)
		if must(t, err); n != 1 {
			t.Errorf("asked for %d, want 1: the manager filed the other", n)
		}
		if tasks, _ := h.toDo(t, manager); len(tasks) != 1 || strings.Contains(tasks[0], "one") {
			t.Errorf("tasks %q, want one that does not repeat the title", tasks)
		}
		must(t, h.evidence.Review(ctx, admin, a.ID, evidence.Accepted, "", now))
		if tasks, _ := h.toDo(t, manager); len(tasks) != 0 {
			t.Errorf("somebody else reviewed it, and the manager still has %q", tasks)
		}
	})
}

func TestWhatExistsIsOfferedBeforeSomebodyIsAsked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		cc61 := framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}
		for code, refs := range map[string][]crosswalk.Link{"AC-1": {{Ref: cc61}}, "AC-2": {{Ref: cc61}}, "AC-3": nil} {
			c, err := h.controls.Create(ctx, who, control.Control{Code: code, Title: code, Evidence: []string{"access-review-record"}}, now)
			must(t, err)
			must(t, h.links.SetLinks(ctx, who, c.ID, refs, now))
		}
		far := h.file(t, who, h.reviewRecord(t, who, "far", now, "AC-3"), now)
		near := h.file(t, who, h.reviewRecord(t, who, "near", now, "AC-2"), now)
		old := h.reviewRecord(t, who, "old", now, "AC-2")
		old.CapturedAt = now.AddDate(0, -6, 0)
		last := h.file(t, who, old, now)
		offers, err := h.evidence.Reuse(ctx, who, "ac-1", nil, cadence.Days{From: cadence.On(2026, 1, 1), To: cadence.On(2026, 3, 31)}, time.UTC, now)
		must(t, err)
		var got []string
		for _, o := range offers {
			got = append(got, o.Item.ID)
		}
		if want := []string{near.ID, far.ID, last.ID}; !slices.Equal(got, want) || !offers[0].Fits || offers[2].Fits {
			t.Errorf("offered %+v, want %v", offers, want)
		}
		if !strings.Contains(offers[0].Why, "AC-2, which counts for") {
			t.Errorf("why: %q", offers[0].Why)
		}
	})
}

func TestAnItemIsAcceptedOnceEnoughPeopleAgreed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		manager, admin, filer, ctx := h.actors[access.Manager], h.actors[access.Administrator], h.actors[access.Contributor], t.Context()
		must(t, h.approvals.SetPolicy(ctx, admin, approval.EvidenceReview, []approval.Tier{{Need: 2}}, now.Add(-time.Hour)))
		i := h.file(t, filer, h.reviewRecord(t, filer, "Zebedee's accounts", now), now)
		state := func(want evidence.Review) {
			t.Helper()
			got, err := h.evidence.Find(ctx, admin, i.ID)
			if must(t, err); got.Review != want {
				t.Errorf("it is %q, want %q", got.Review, want)
			}
		}
		must(t, h.evidence.Review(ctx, manager, i.ID, evidence.Accepted, "Zebedee is gone.", now))
		state(evidence.Unreviewed)
		must(t, h.evidence.Review(ctx, admin, i.ID, evidence.Accepted, "", now.Add(time.Minute)))
		state(evidence.Accepted)
		must(t, h.evidence.Review(ctx, manager, i.ID, evidence.Rejected, "Zebedee is back.", now.Add(time.Hour))) // one no is enough
		state(evidence.Rejected)
		must(t, h.evidence.Review(ctx, admin, i.ID, evidence.Accepted, "", now.Add(2*time.Hour)))
		state(evidence.Rejected)
		history, err := h.evidence.History(ctx, admin, i.ID)
		must(t, err)
		var words []string
		for _, a := range history {
			words = append(words, a.Words)
		}
		if want := []string{"agreed to it", "accepted it", "rejected it", "agreed to it"}; !slices.Equal(words, want) {
			t.Errorf("history %q, want %q", words, want)
		}
		must(t, h.evidence.Erase(ctx, admin, i.ID, "Out.", now.Add(3*time.Hour)))
		if found := h.anywhere(t, admin.Org(), "ebedee"); len(found) > 0 {
			t.Errorf("the erased text is still in %v", found)
		}
		if tasks, _ := h.toDo(t, manager); len(tasks) != 0 {
			t.Errorf("it is erased, and the manager still has %q", tasks)
		}
		must(t, h.log.Verify(ctx, h.d, admin.Org()))
	})
}

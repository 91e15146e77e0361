package conformance

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// judged asks twice: a store that was asked all along, and one that reads everything.
func judged(t testing.TB, h *house, kept isms.Judge, who access.Actor, at time.Time) *isms.Judgement {
	t.Helper()
	got, err := kept.Judge(t.Context(), who, "iso27001-2022", at)
	must(t, err)
	cold, err := h.standing().Judge(t.Context(), who, "iso27001-2022", at)
	must(t, err)
	if !reflect.DeepEqual(got.Requirements, cold.Requirements) || !reflect.DeepEqual(got.Controls, cold.Controls) || got.Through != cold.Through {
		t.Errorf("what was kept says\n%+v\nreading it again gives\n%+v", got.Requirements, cold.Requirements)
	}
	return got
}

func TestAJudgementFollowsWhatIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx, kept := h.actors[access.Administrator], t.Context(), h.standing()
		must(t, h.links.Enable(ctx, who, "iso27001-2022", now))
		state := func(at time.Time) isms.Judged { return judged(t, h, kept, who, at).Requirements["A.8.2"] }
		if x := state(now); x.Coverage != posture.None || x.Readiness != posture.Open || len(x.Controls) != 0 || x.Next == "" {
			t.Errorf("with nothing: %+v", x)
		}
		c, err := h.controls.Create(ctx, who, control.Control{Code: "AC-1", Title: "Privileged access", Status: control.OnPaper}, now)
		must(t, err)
		must(t, h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: framework.Ref{Framework: "iso27001-2022", ID: "A.8.2"}}}, now))
		if x := state(now); x.Coverage != posture.None || !slices.Equal(x.Waiting, []string{"AC-1"}) {
			t.Errorf("on paper only: %+v", x)
		}
		c.Status = control.Operated
		_, err = h.controls.Edit(ctx, who, c, now)
		must(t, err)
		if x := state(now); x.Coverage != posture.Full || x.Readiness != posture.Unshown || !slices.Equal(x.Controls, []string{"AC-1"}) || x.Evidence.All != 0 {
			t.Errorf("said to be operated, nothing shows it: %+v", x)
		}
		f, err := h.evidence.Keep(ctx, who, "proof.txt", strings.NewReader("proof"), now)
		must(t, err)
		i, err := h.evidence.File(ctx, who, evidence.Filing{Title: "Review", Kind: "access-review-record", CapturedAt: now, ValidFor: 30 * 24 * time.Hour, Files: []evidence.File{f}, Controls: []string{"AC-1"}}, now)
		must(t, err)
		if x := state(now.Add(time.Hour)); x.Readiness != posture.Ready || x.Evidence.Current != 1 || !x.Evidence.Newest.Equal(i.CapturedAt) || x.Next != "" {
			t.Errorf("shown: %+v", x)
		}
		if x := state(now.AddDate(0, 0, 40)); x.Readiness == posture.Ready || x.Evidence.Current != 0 || x.Evidence.All != 1 {
			t.Errorf("40 days later, with nothing written: %+v", x)
		}
		must(t, h.links.Exclude(ctx, who, framework.Ref{Framework: "iso27001-2022", ID: "A.8.2"}, "We have no privileged access.", now.Add(time.Hour)))
		if x := state(now.Add(2 * time.Hour)); x.Coverage != posture.NotApplicable || x.Readiness != posture.OutOfScope {
			t.Errorf("excluded: %+v", x)
		}
		if _, err := kept.Judge(ctx, who, "no-such", now); problem.Of(err).Code != problem.NotFound {
			t.Errorf("a framework nobody has: %v", err)
		}
		if x := judged(t, h, kept, h.other, now); len(x.Controls) != 0 || x.Requirements["A.8.2"].Coverage != posture.None {
			t.Errorf("the other organisation sees %+v", x.Controls)
		}
	})
}

package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// attestForm is an attestation as somebody types it.
type attestForm struct {
	Sources       []attestSource
	Chosen        []string // ids, as sent
	Others        string   // ids typed, with commas
	Reason, Until string
	First, Last   string // the days it may lapse on
	Problem       *problem.Error
}

// attestSource is a requirement that may suffice, offered with a box to tick.
type attestSource struct {
	ID, Label string
	On        bool
}

// filled offers what bears on the requirement, and a year.
func (f attestForm) filled(p requirementPage, now time.Time) attestForm {
	f.First, f.Last = now.AddDate(0, 0, 1).Format(time.DateOnly), now.AddDate(0, 15, -1).Format(time.DateOnly)
	if f.Until == "" {
		f.Until = now.AddDate(1, 0, 0).Format(time.DateOnly)
	}
	for _, b := range p.Bearing {
		if b.Role == "disputed" || slices.ContainsFunc(f.Sources, func(s attestSource) bool { return s.ID == b.Source.ID }) {
			continue
		}
		on := b.Role == "counts" && p.Verdict.Coverage == posture.Partial
		if f.Problem != nil {
			on = slices.Contains(f.Chosen, b.Source.ID)
		}
		f.Sources = append(f.Sources, attestSource{b.Source.ID, b.Label, on})
	}
	return f
}

// postAttest records an attestation: POST /o/{org}/frameworks/{framework}/{id}/attest.
func (s *Server) postAttest(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := attestForm{Chosen: r.Form["source"], Others: r.FormValue("others"), Reason: r.FormValue("reason"), Until: r.FormValue("until")}
	again := func(p *problem.Error) error {
		form.Problem = p
		return s.showRequirement(w, r, who, statusOf(p.Code), form)
	}
	until, err := time.Parse(time.DateOnly, form.Until)
	if err != nil {
		return again(problem.Field("until", "Write the day as 2027-03-31."))
	}
	ref := framework.Ref{Framework: r.PathValue("framework"), ID: r.PathValue("id")}
	a := crosswalk.Attestation{Target: ref, From: r.FormValue("via"), Sources: slices.Clone(form.Chosen), Reason: form.Reason, Until: until}
	for id := range strings.SplitSeq(strings.ReplaceAll(form.Others, "\n", ","), ",") {
		if id = strings.TrimSpace(id); id != "" {
			a.Sources = append(a.Sources, id)
		}
	}
	before, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	made, err := s.Crosswalk.Attest(r.Context(), who.Actor, a, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return again(p)
		}
		return err
	}
	if made.Approval == approval.Open {
		return s.attested(w, r, who, before, ref, "Attested. It counts once others have agreed.")
	}
	return s.attested(w, r, who, before, ref, "Attested until "+until.Format("2 January 2006")+".")
}

// postDecideAttestation agrees to one that waits, or does not: POST /o/{org}/frameworks/{framework}/{id}/attest/decide.
func (s *Server) postDecideAttestation(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.FormValue("attestation")
	a, err := s.Crosswalk.DecideAttestation(r.Context(), who.Actor, id, r.FormValue("word") == "yes", r.FormValue("reason-"+id), s.Now())
	if err != nil {
		return err
	}
	said := map[approval.State]string{approval.Approved: "It counts from now on.", approval.Rejected: "It is dropped and never counted."}[a.State]
	if said == "" {
		said = "Your word is recorded. It counts when everybody has agreed who must."
	}
	return back(w, r, query(orgPath(who.Slug(), "frameworks", r.PathValue("framework"), r.PathValue("id")), "via", r.FormValue("via")), said)
}

// postEndAttestation ends one: POST /o/{org}/frameworks/{framework}/{id}/attest/end.
func (s *Server) postEndAttestation(w http.ResponseWriter, r *http.Request, who visitor) error {
	before, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if err := s.Crosswalk.EndAttestation(r.Context(), who.Actor, r.FormValue("attestation"), s.Now()); err != nil {
		return err
	}
	return s.attested(w, r, who, before, framework.Ref{Framework: r.PathValue("framework"), ID: r.PathValue("id")}, "The attestation has ended.")
}

func (s *Server) attested(w http.ResponseWriter, r *http.Request, who visitor, before *book, ref framework.Ref, said string) error {
	after, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	to := query(orgPath(who.Slug(), "frameworks", ref.Framework, ref.ID), "via", r.FormValue("via"))
	return back(w, r, to, said+" "+changed(before, after))
}

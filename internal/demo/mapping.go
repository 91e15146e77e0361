package demo

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/gap"
)

// mapping plans what keeps the crosswalk true: its reviews, what owners say of their
// controls, and the gap analysis that leads from the one framework to the other.
func (t *story) mapping(m *management) {
	t.deed(t.before(5, 3), 9, 30, "review the crosswalk", func(ctx context.Context, at time.Time) error {
		b, err := t.Crosswalk.Reviews(ctx, t.admin, at)
		if err != nil {
			return err
		}
		for _, p := range b.Pairs {
			if _, err := t.Crosswalk.BeginReview(ctx, t.mara(), p.A, p.B, at); err != nil {
				return err
			}
		}
		return nil
	})
	t.answer(t.before(5, 6), 1, "Read line by line in two afternoons. The rows we rest on hold; two of the guide stay disputed, as decided before.")
	t.answer(t.before(4, 8), 1, "The change touches who answers at night, not what is done. One link says more than the new way does, and is being changed.")
	t.answer(t.workday(t.today-12), 0.4, "")
	t.confirm()
	t.analysis()
	_ = m
}

// answer plans that so many lines of the open review are answered, and that it is
// closed when there are words.
func (t *story) answer(day cadence.Date, share float64, close string) {
	t.deed(day, 10, 0, "answer the crosswalk review", func(ctx context.Context, at time.Time) error {
		b, err := t.Crosswalk.Reviews(ctx, t.mara(), at)
		if err != nil || b.Open == nil {
			return err
		}
		r, err := t.Crosswalk.Review(ctx, t.mara(), b.Open.ID)
		if err != nil {
			return err
		}
		var still, change []string
		for i, x := range r.Items[:int(share*float64(len(r.Items)))] {
			if x.IsLink() && x.Code == "IN-01" && len(change) == 0 && i > 0 && close != "" && len(r.Triggers) == 1 {
				change = append(change, x.ID)
			} else {
				still = append(still, x.ID)
			}
		}
		if len(still) > 0 {
			if err := t.Crosswalk.AnswerReview(ctx, t.mara(), r.ID, still, crosswalk.StillTrue, "", at); err != nil {
				return err
			}
		}
		if len(change) > 0 {
			if err := t.Crosswalk.AnswerReview(ctx, t.mara(), r.ID, change, crosswalk.ToChange, "The plan no longer names a service desk at night.", at.Add(time.Minute)); err != nil {
				return err
			}
		}
		if close == "" {
			return nil
		}
		return t.Crosswalk.CloseReview(ctx, t.mara(), r.ID, close, at.Add(time.Hour))
	})
}

// denied is the control whose owner says that it is not what really happens.
const denied = "CR-03"

// confirm plans the round of confirmations: most owners answer within a week, those
// without an account not yet.
func (t *story) confirm() {
	begun := t.workday(t.today - 42)
	t.deed(begun, 9, 0, "ask the owners of controls", func(ctx context.Context, at time.Time) error {
		_, err := t.Crosswalk.BeginRound(ctx, t.admin, crosswalk.NewRound{Due: begun + 21}, at)
		return err
	})
	for i, c := range append([]string{name}, owners...) {
		day := t.workday(begun + 2 + cadence.Date(i%6))
		t.deed(day, 13, i, "answer for "+c, func(ctx context.Context, at time.Time) error {
			who := t.actors[c]
			asks, err := t.Crosswalk.MyAsks(ctx, who)
			if err != nil {
				return err
			}
			for _, a := range asks {
				if a.Waits() {
					t.meanwhile(t.at(day, 14, i), func(ctx context.Context, at time.Time) error { return t.say(ctx, who, a, at) })
				}
			}
			return nil
		})
	}
}

// owners are those who own controls and have an account.
var owners = []string{"Lena Haddad", "Mara Velasco", "Jun Okada", "Kofi Mensah", "Priya Raman", "Ada Brandt", "Omar Castellan", "Tomas Lind"}

func (t *story) say(ctx context.Context, who access.Actor, a crosswalk.Ask, at time.Time) error {
	y := crosswalk.Saying{Ask: a.ID, Version: a.Control.Version, Reply: crosswalk.Yes}
	switch a.Control.Code {
	case denied:
		y.Reply, y.Reason = crosswalk.No, "Two certificates of the new region are not on the list of keys, and nobody is named for them. The list was made before the region was."
	case "AM-04":
		y.Reply, y.Reason = crosswalk.NotMine, "Classification is kept by the privacy counsel now."
	}
	told, err := t.Crosswalk.Say(ctx, who, y, at)
	if err != nil || y.Reply != crosswalk.No {
		return err
	}
	return t.ISMS.FindingOfAnswer(ctx, t.admin.Org(), crosswalk.Answered{Answer: told.ID}, at.Add(time.Minute))
}

// analysis plans the five steps from the one framework to the other: three are done,
// the fourth is under way.
func (t *story) analysis() {
	id := ""
	t.deed(t.before(6, 3), 15, 0, "open the gap analysis", func(ctx context.Context, at time.Time) error {
		a, err := t.Gaps.Open(ctx, t.admin, "From SOC 2 to ISO 27001", "soc2-2017", "iso27001-2022", at)
		id = a.ID
		return err
	})
	for i, s := range []struct {
		step  gap.Step
		begun cadence.Date
		done  cadence.Date
		note  string
	}{
		{gap.StepInventory, t.before(6, 3), t.before(6, 10), "What is only on paper is planned for this year or was given up; three controls have an owner from now on."},
		{gap.StepRisks, t.before(6, 16), t.before(5, 16), "One method for both: the report's risks of commitments and the threats to assets stand in one register."},
		{gap.StepDocuments, t.before(4, 5), t.before(3, 0), "The policy on logging governs; the runbook of backups is to be brought into line."},
		{gap.StepScope, t.before(2, 3), 0, ""},
	} {
		t.deed(s.begun, 15, 10+i, "begin a step of the gap analysis", func(ctx context.Context, at time.Time) error { return t.Gaps.Begin(ctx, t.admin, id, s.step, at) })
		if s.done > 0 {
			t.deed(s.done, 15, 20+i, "end a step of the gap analysis", func(ctx context.Context, at time.Time) error {
				return t.Gaps.Complete(ctx, t.admin, id, s.step, s.note, at)
			})
		}
	}
}

package isms

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// accessEnds is how long the access of somebody who left may last.
var accessEnds = cadence.InHours(24)

// figures reads what one live figure needs. who is nil when Toucan takes it.
func (s *Store) figures(ctx context.Context, org string, who *access.Actor, source string, days cadence.Days, now time.Time) (Figures, error) {
	f := Figures{Days: days}
	switch {
	case source == SourcePeople && s.Monitor != nil:
		b, err := s.Monitor.BoardOf(ctx, org, now)
		if err != nil {
			return f, err
		}
		f.People = b.Here()
	case source == SourceControls && who != nil && s.Judge != nil:
		list, err := s.controlStates(ctx, *who, now)
		if err != nil {
			return f, err
		}
		f.Controls = list
	}
	return f, s.DB.Read(ctx, org, func(tx *db.Tx) error {
		zones, err := access.Days(ctx, tx, org)
		if err != nil {
			return err
		}
		f.Today = zones.DateOf(now)
		switch source {
		case SourceLeavers:
			if s.Joiners != nil {
				f.Left, err = s.Joiners.ReadGone(ctx, tx, org, days, accessEnds, now)
			}
		case SourceRestores:
			f.Restores, err = readRestores(ctx, tx, org, zones, days)
		case SourceRisks:
			f.Risks, err = readRiskFigures(ctx, tx, org, now)
		case SourceActions:
			f.Overdue, err = readOverdue(ctx, tx, org, f.Today)
		case SourceReviews:
			err = f.readCare(ctx, tx, org, now)
		}
		return err
	})
}

func readRestores(ctx context.Context, tx *db.Tx, org string, zones cadence.Zones, days cadence.Days) ([]Restore, error) {
	list, err := evidence.Captures(ctx, tx, org, "test-restore-record", zones.Start(days.To.AddMonths(-13)), zones.End(days.To))
	var out []Restore
	for _, c := range list {
		out = append(out, Restore{zones.DateOf(c.CapturedAt), c.Rejected})
	}
	return out, err
}

func (f *Figures) readCare(ctx context.Context, tx *db.Tx, org string, now time.Time) error {
	parties, err := readEntries[Party](ctx, tx, org, PartyRegister, now, ` AND v.retired = ''`)
	if err != nil {
		return err
	}
	issues, err := readEntries[Issue](ctx, tx, org, IssueRegister, now, ` AND v.retired = ''`)
	if err != nil {
		return err
	}
	for _, p := range parties {
		f.Care = append(f.Care, p.Care)
	}
	for _, i := range issues {
		f.Care = append(f.Care, i.Care)
	}
	climate, err := readClimate(ctx, tx, org)
	f.Climate = JudgeClimate(climate, f.Today)
	return err
}

// controlStates returns how the controls in operation stand, through ISO/IEC 27001
// where it is followed and through the first framework otherwise.
func (s *Store) controlStates(ctx context.Context, who access.Actor, now time.Time) ([]ControlState, error) {
	var followed map[string]time.Time
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		followed, err = crosswalk.Followed(ctx, tx, who.Org(), now)
		return err
	})
	if err != nil || len(followed) == 0 {
		return nil, err
	}
	j, err := s.Judge.Judge(ctx, who, throughFramework(followed), now)
	if err != nil {
		return nil, err
	}
	var out []ControlState
	for _, code := range slices.SortedFunc(maps.Keys(j.Controls), control.CompareCodes) {
		if c := j.Controls[code]; c.Status == control.Operated {
			out = append(out, ControlState{code, c.Operation == posture.Effective})
		}
	}
	return out, nil
}

// throughFramework is the framework that controls are judged through.
func throughFramework(followed map[string]time.Time) string {
	if _, ok := followed[iso27001]; ok {
		return iso27001
	}
	return slices.Sorted(maps.Keys(followed))[0]
}

// iso27001 is the framework of the management system.
const iso27001 = "iso27001-2022"

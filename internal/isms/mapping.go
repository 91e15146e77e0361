package isms

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// MappingOfSystem puts in doubt what the crosswalk rests on when a system or a core
// process is new, changed or retired. key tells the event: the same one twice
// changes nothing.
func (s *Store) MappingOfSystem(ctx context.Context, org string, c system.Changed, key string, now time.Time) error {
	t := crosswalk.Trigger{Kind: crosswalk.OfSystem, ID: c.ID, Key: key}
	noun := "system"
	switch c.Sort {
	case "process":
		t.Kind, noun = crosswalk.OfProcess, "process"
	case "cloud":
		t.Kind, noun = crosswalk.OfCloud, "cloud service"
	}
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		v, err := system.Snapshot(ctx, tx, org)
		if err != nil {
			return err
		}
		x, ok := v.System(c.ID)
		if !ok {
			return fmt.Errorf("isms: there is no system %s", c.ID)
		}
		t.Name, t.Controls = x.Name, x.Controls
		return nil
	})
	if err != nil {
		return err
	}
	t.Words = happened(noun, t.Name, c.What)
	return s.Crosswalk.Doubt(ctx, org, t, now)
}

// MappingOfVendor does the same for a vendor. Bound to it are the controls of the
// systems it serves.
func (s *Store) MappingOfVendor(ctx context.Context, org string, c vendor.Changed, key string, now time.Time) error {
	t := crosswalk.Trigger{Kind: crosswalk.OfVendor, ID: c.ID, Key: key}
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		all, err := vendor.All(ctx, tx, org)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(v vendor.Vendor) bool { return v.ID == c.ID })
		if i < 0 {
			return fmt.Errorf("isms: there is no vendor %s", c.ID)
		}
		v, err := system.Snapshot(ctx, tx, org)
		if err != nil {
			return err
		}
		t.Name = all[i].Name
		if all[i].Kind == "cloud-service" {
			t.Kind = crosswalk.OfCloud
		}
		for _, id := range all[i].Systems {
			if x, ok := v.System(id); ok {
				t.Controls = append(t.Controls, x.Controls...)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.Words = happened("vendor", t.Name, c.What)
	return s.Crosswalk.Doubt(ctx, org, t, now)
}

// happened says what became of something: "The vendor Nimbus is new".
func happened(noun, name, what string) string {
	switch what {
	case "new":
		return "The " + noun + " " + name + " is new"
	case "retired":
		return "The " + noun + " " + name + " was retired"
	}
	return "The " + noun + " " + name + " changed"
}

// FindingOfAnswer opens a finding where an owner said that a control is not what
// really happens; one finding, however often it is asked for.
func (s *Store) FindingOfAnswer(ctx context.Context, org string, a crosswalk.Answered, now time.Time) error {
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		of := finding.Source{Kind: finding.FromConfirmation, ID: a.Answer}
		have, err := finding.ReadOf(ctx, tx, org, of, now)
		if err != nil || len(have) > 0 {
			return err
		}
		told, c, err := s.Crosswalk.FindTold(ctx, tx, org, a.Answer)
		if err != nil || told.Reply != crosswalk.No {
			return err
		}
		name := cmp.Or(told.PersonName, "Somebody who was asked")
		of.Words = name + ", asked about " + c.Code
		title := c.Code + ": what is written is not what happens"
		_, err = s.Findings.Raise(ctx, tx, org, told.Account, finding.Draft{Kind: finding.Exception, Source: of, Title: title, Owner: c.Owner,
			Statement: fmt.Sprintf("%s, “%s”, is to describe what really happens (version %d). %s says that it does not.", c.Code, strings.TrimSuffix(c.Title, "."), told.Version, name),
			Objective: told.Reason, Controls: []string{c.ID}}, now)
		return err
	})
}

package system

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

const (
	maxName = 120
	maxText = 4000
	maxLine = 300
	maxLink = 100 // links of one entry to others
)

func named(label, name string) (string, error) {
	name, err := db.Line("name", "The name", name, maxName)
	if err == nil && name == "" {
		err = problem.Field("name", "Give "+label+" a name that people use.")
	}
	return name, err
}

func linked(field, label string, ids []string) ([]string, error) {
	ids = register.Tidy(ids)
	if len(ids) > maxLink {
		return nil, problem.Field(field, fmt.Sprintf("%d %s are more than the %d that fit.", len(ids), label, maxLink))
	}
	for _, id := range ids {
		if strings.ContainsAny(id, " \t\n") {
			return nil, problem.Field(field, fmt.Sprintf("“%s” is none of the %s.", id, label))
		}
	}
	return ids, nil
}

// checked returns the system as it is kept, or says what is wrong with it.
func (s System) checked() (System, error) {
	var err [3]error
	s.Name, err[0] = named("the system", s.Name)
	s.Description, err[1] = db.Prose("description", "The description", s.Description, maxText)
	s.Controls, err[2] = linked("controls", "controls", s.Controls)
	return s, first(append(err[:], register.Choose("kind", "The kind", s.Kind, systemKinds), register.Choose("criticality", "The criticality", s.Criticality, criticalities))...)
}

// checked returns the site as it is kept, or says what is wrong with it.
func (s Site) checked() (Site, error) {
	var err [3]error
	s.Name, err[0] = named("the site", s.Name)
	s.Description, err[1] = db.Prose("description", "The description", s.Description, maxText)
	s.Country, err[2] = db.Line("country", "The country", s.Country, 60)
	return s, first(append(err[:], register.Choose("kind", "The kind", s.Kind, siteKinds))...)
}

// checked returns the asset as it is kept, or says what is wrong with it.
func (a Asset) checked() (Asset, error) {
	var err [2]error
	a.Name, err[0] = named("the asset", a.Name)
	a.Description, err[1] = db.Prose("description", "The description", a.Description, maxText)
	return a, first(append(err[:], register.Choose("kind", "The kind", a.Kind, assetKinds), register.Choose("classification", "The classification", a.Classification, classes))...)
}

var (
	criterion = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,39}:[A-Za-z0-9][A-Za-z0-9.()-]{0,39}$`)
	scenario  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,39}$`)
)

// checked returns the commitment as it is kept, or says what is wrong with it.
func (c Commitment) checked() (Commitment, error) {
	var err [7]error
	c.Statement, err[0] = db.Prose("statement", "The statement", c.Statement, 1000)
	c.Measure, err[1] = db.Line("measure", "The measure", c.Measure, maxLine)
	c.Target, err[2] = db.Line("target", "The target", c.Target, maxLine)
	c.EvidenceKind, err[3] = db.Line("evidence_kind", "The kind of evidence", c.EvidenceKind, 60)
	c.Criteria, err[4] = linked("criteria", "criteria", c.Criteria)
	c.Controls, err[5] = linked("controls", "controls", c.Controls)
	c.Scenarios, err[6] = linked("scenarios", "risk scenarios", c.Scenarios)
	if c.Statement == "" && err[0] == nil {
		err[0] = problem.Field("statement", "Say what is promised, in one sentence.")
	}
	for _, r := range c.Criteria {
		if !criterion.MatchString(r) {
			return c, problem.Field("criteria", fmt.Sprintf("“%s” does not look like a criterion. Write it as soc2-2017:A1.1.", r))
		}
	}
	for _, r := range c.Scenarios {
		if !scenario.MatchString(r) {
			return c, problem.Field("scenarios", fmt.Sprintf("“%s” does not look like a risk scenario. Write it as RS-038.", r))
		}
	}
	return c, first(append(err[:], register.Choose("kind", "The kind", c.Kind, commitmentKinds), register.Choose("category", "The category", c.Category, categories))...)
}

// criteria says what is wrong with the criteria of a commitment that were not in it
// before: what was taken when its edition was in use stays as it is.
func (s *Store) criteria(ctx context.Context, tx *db.Tx, org string, have []Commitment, now time.Time) func(Commitment) error {
	before := map[string][]string{}
	for _, c := range have {
		before[c.ID] = c.Criteria
	}
	var library *crosswalk.Library
	return func(c Commitment) error {
		for _, r := range c.Refs() {
			if c.ID != "" && slices.Contains(before[c.ID], r.Framework+":"+r.ID) {
				continue
			}
			if library == nil {
				var err error
				if library, err = s.Links.LibraryIn(ctx, tx, org, now); err != nil {
					return err
				}
			}
			f, ok := library.Frameworks.Find(r.Framework)
			if !ok {
				return problem.Field("criteria", "There is no framework “"+r.Framework+"” here. Write criteria as soc2-2017:A1.1.")
			}
			if _, ok = f.Find(r.ID); !ok {
				return problem.Field("criteria", f.Short+" has no “"+r.ID+"”. Write criteria as they stand in the framework, such as soc2-2017:A1.1.")
			}
		}
		return nil
	}
}

// first returns the first of some errors.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	noControl = "A control is not in the register. Choose from the list."
	noSystem  = "The system is not in the register. Choose from the list, or enter it first."
	noSite    = "The site is not in the register. Choose from the list, or enter it first."
)

func (s System) exist(ctx context.Context, tx *db.Tx, org string) error {
	return first(register.Owners(ctx, tx, org, []string{s.Owner}), register.Exist(ctx, tx, org, "control", s.Controls, "controls", noControl))
}

func (s Site) exist(ctx context.Context, tx *db.Tx, org string) error {
	return register.Owners(ctx, tx, org, []string{s.Owner})
}

func (a Asset) exist(ctx context.Context, tx *db.Tx, org string) error {
	return first(register.Owners(ctx, tx, org, []string{a.Owner}), register.Exist(ctx, tx, org, "system", []string{a.System}, "system", noSystem), register.Exist(ctx, tx, org, "site", []string{a.Site}, "site", noSite))
}

func (c Commitment) exist(ctx context.Context, tx *db.Tx, org string) error {
	return first(register.Owners(ctx, tx, org, []string{c.Owner}), register.Exist(ctx, tx, org, "control", c.Controls, "controls", noControl))
}

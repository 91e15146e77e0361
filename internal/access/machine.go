package access

import (
	"context"
	"database/sql"
	"errors"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Machine returns the actor that devices of an organisation report as. It has no
// account and may do nothing but ReportDevices; which device speaks is shown by the
// signature of its message, not by the actor. A NotFound problem says no more than that
// the address leads nowhere.
func (s *Store) Machine(ctx context.Context, slug string) (Actor, error) {
	if org, ok := s.machines.Load(slug); ok { // an organisation keeps its address and its id
		return Actor{org: org.(string), slug: slug, machine: true}, nil
	}
	who := Actor{slug: slug, machine: true}
	err := s.db.Read(ctx, "", func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT id FROM organisation WHERE slug = $1`, slug).Scan(&who.org)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Actor{}, problem.New(problem.NotFound, "There is no organisation at this address. Check the address the agent was given.")
	}
	if err != nil {
		return Actor{}, err
	}
	s.machines.Store(slug, who.org)
	return who, nil
}

package people

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// erasedFact is what the log says of an erasure.
type erasedFact struct {
	Reason string `json:"reason"`
}

// erase overwrites what names a person, in the register and in what the lists
// said. The salt of the entry is replaced, so that the leaves of before can not be
// guessed any more.
func (s *Store) erase(ctx context.Context, tx *db.Tx, who access.Actor, p Person, reason string, now time.Time) error {
	p.Name, p.Email, p.Title = "Erased person "+p.ID[len(p.ID)-4:], "", ""
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `UPDATE person SET name = $3, email = '', title = '', by_hand = '', updated_at = $4, erased_at = $4, salt = $5 WHERE org = $1 AND id = $2`, who.Org(), p.ID, p.Name, db.Micros(now), salt)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM person_source WHERE org = $1 AND person = $2`, who.Org(), p.ID); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "person.erased", ID: p.ID, Salt: salt, Payload: erasedFact{reason}})
}

package notify

import (
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/seal"
)

// keyName is the file of the key that seals secrets in the outbox. It is in no
// backup: a webhook that waits when the database is restored elsewhere fails.
const keyName = "outbox.key"

func openSeal(dir string) (*seal.Sealer, error) {
	return seal.Open(dir, keyName, "Give it back to the user who runs Toucan, or remove it: what waits to be sent by webhook is then lost.")
}

// Seal encrypts a secret of an organisation, to be kept in a row; it opens for no
// other organisation.
func (o *Outbox) Seal(org, secret string) string { return o.seal.Seal(org, secret) }

// Open is the inverse of Seal. It fails for what another key file sealed.
func (o *Outbox) Open(org, sealed string) (string, error) {
	text, err := o.seal.Open(org, sealed)
	if err != nil {
		return "", problem.New(problem.Invalid, "The secret of the webhook was sealed with another key file. Give the webhook a new secret.")
	}
	return text, nil
}

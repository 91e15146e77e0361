// Package provider makes the clients of training providers. Where a provider is
// asked is fixed: nobody types an address.
package provider

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/training/huntress"
	"github.com/toucan-grc/toucan/internal/training/knowbe4"
)

// Config is what clients are made of.
type Config struct {
	HTTP  *http.Client // follows no redirect
	Clock remote.Clock // nil: the one on the wall
	Base  string       // where a stand-in listens, to try the connectors out; empty: the providers themselves
}

// Dial returns what makes a client for a connection.
func Dial(c Config) training.Dial {
	if c.Clock == nil {
		c.Clock = remote.Wall{}
	}
	return func(x training.Connection, secret string) (training.Provider, error) {
		switch x.Kind {
		case training.KnowBe4:
			base := c.Base
			if base == "" {
				base = knowbe4.Base(x.Region)
			}
			return knowbe4.New(knowbe4.Config{HTTP: c.HTTP, Clock: c.Clock, Base: base, Token: secret, Usage: x.Usage}), nil
		case training.Huntress:
			base := c.Base
			if base == "" {
				base = huntress.Base
			}
			return huntress.New(huntress.Config{HTTP: c.HTTP, Clock: c.Clock, Base: base, ClientID: x.Client, Secret: secret, Usage: x.Usage}), nil
		}
		return nil, problem.New(problem.Invalid, "There is no connector for %s.", x.Kind)
	}
}

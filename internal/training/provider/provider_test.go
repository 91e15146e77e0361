package provider

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
	"github.com/toucan-grc/toucan/internal/training"
)

// noted is a network that notes where somebody wanted to go, and leads nowhere.
type noted struct{ to []string }

func (n *noted) RoundTrip(r *http.Request) (*http.Response, error) {
	n.to = append(n.to, r.URL.Scheme+"://"+r.URL.Host)
	return nil, errors.New("there is no network")
}

func TestAConnectionLeadsToItsProviderAndNowhereElse(t *testing.T) {
	for name, tt := range map[string]struct {
		c    training.Connection
		base string
		want string
	}{
		"a region":     {training.Connection{Kind: training.KnowBe4, Region: "eu"}, "", "https://eu.api.knowbe4.com"},
		"one address":  {training.Connection{Kind: training.Huntress}, "", "https://mycurricula.com"},
		"a stand-in":   {training.Connection{Kind: training.KnowBe4, Region: "us"}, "http://127.0.0.1:1", "http://127.0.0.1:1"},
		"its stand-in": {training.Connection{Kind: training.Huntress}, "http://127.0.0.1:1", "http://127.0.0.1:1"},
	} {
		n := &noted{}
		p, err := Dial(Config{HTTP: &http.Client{Transport: n}, Clock: remotetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), Base: tt.base})(tt.c, "secret")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := p.Tenant(t.Context()); err == nil {
			t.Errorf("%s: an answer came without a network", name)
		}
		if n.to = slices.Compact(n.to); !slices.Equal(n.to, []string{tt.want}) {
			t.Errorf("%s leads to %q, want %s", name, n.to, tt.want)
		}
	}
}

func TestAKindWithoutAConnectorIsRefused(t *testing.T) {
	_, err := Dial(Config{HTTP: http.DefaultClient})(training.Connection{Kind: "webhook"}, "secret")
	if problem.Of(err).Code != problem.Invalid {
		t.Errorf("dialling a webhook: %v", err)
	}
}

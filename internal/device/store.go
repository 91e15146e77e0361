package device

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/seal"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Config is what a store needs.
type Config struct {
	DB      *db.DB
	Log     *ledger.Log
	Results *result.Store
	KeyDir  string // where the key lies that signs receipts and revocations; it is made if there is none
}

// Store keeps devices in SQL. It is safe for concurrent use.
type Store struct {
	Config
	signer ed25519.PrivateKey
	secret []byte // keys the hashes of what other sources call a machine
	public string // of signer, as messages hold it

	fleetsMu sync.Mutex
	fleets   recent[string, *fleet] // by organisation
	known    keyring
	count    counters
	mu       sync.Mutex
	commits  map[string]*committer // by organisation
}

const keyFile = "device.key"

const keyCure = "Put the file back from where keys are kept: agents believe no other. Without it every device has to be enrolled anew; to begin so, move the file away."

// New returns a store. It makes the key that signs receipts if there is none.
func New(c Config) (*Store, error) {
	seed, err := seal.KeyFile(c.KeyDir, keyFile, keyCure)
	if err != nil {
		return nil, err
	}
	s := &Store{Config: c, signer: ed25519.NewKeyFromSeed(seed), commits: map[string]*committer{}, fleets: recent[string, *fleet]{n: keptFleets}, known: keyring{of: recent[knownKey, known]{n: knownDevices}}}
	mac := hmac.New(sha256.New, seed)
	mac.Write([]byte("toucan device source v1\n"))
	s.secret = mac.Sum(nil)
	s.public = wire.KeyText(s.signer.Public().(ed25519.PublicKey))
	return s, nil
}

// ref is what stands in the database for what a source calls a machine. Without the
// key file nobody can find out what that was, nor try names.
func (s *Store) ref(org string, kind SourceKind, connection, key string) string {
	mac := hmac.New(sha256.New, s.secret)
	for _, part := range []string{org, string(kind), connection, key} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// newDevice draws the id of a device. Nothing of the device is in it.
func newDevice() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// leaf records that something was done; the salt stands in the row it speaks of.
func (s *Store) leaf(ctx context.Context, tx *db.Tx, l ledger.Leaf) error {
	return s.Log.Append(ctx, tx, l)
}

package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/seal"
)

// keyName is the file of the key that seals second factors.
const keyName = "second-factor.key"

// openSealer reads the key in dir, or makes it. Without a folder there is no
// key, and no second factor can be set up.
func openSealer(dir string) (*seal.Sealer, error) {
	if dir == "" {
		return nil, nil
	}
	return seal.Open(dir, keyName, "Give it back to the user who runs Toucan, or restore it from where keys are kept; without it nobody with a second factor can sign in.")
}

// Enrolment is what an authenticator app needs. URL is for a QR code, Secret to type.
type Enrolment struct{ Secret, URL string }

const period = 30 // seconds of one code

var codeOptions = totp.ValidateOpts{Period: period, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// EnrolTOTP begins a second factor. It counts only once ConfirmTOTP has seen a
// code; beginning again replaces what was begun.
func (s *Store) EnrolTOTP(ctx context.Context, a Account, now time.Time) (Enrolment, error) {
	if s.seal == nil {
		return Enrolment{}, problem.New(problem.Invalid, "No second factor can be set up: the server has no folder for keys.")
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Toucan", AccountName: a.Email, Period: period})
	if err != nil {
		return Enrolment{}, err
	}
	err = s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		res, err := tx.Exec(ctx, `UPDATE account SET totp = $2, totp_step = 0 WHERE id = $1 AND NOT totp_on`, a.ID, s.seal.Seal(a.ID, key.Secret()))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, problem.New(problem.Conflict, "You have a second factor already. Remove it first to set up another."))
		}
		return nil
	})
	return Enrolment{Secret: key.Secret(), URL: key.URL()}, err
}

// ConfirmTOTP puts the second factor into force and returns ten recovery codes.
// They are shown once: only their hashes are kept.
func (s *Store) ConfirmTOTP(ctx context.Context, a Account, code string, now time.Time) ([]string, error) {
	if err := s.byEmail.try(a.Email, now); err != nil {
		return nil, err
	}
	codes, hashes := recoveryCodes()
	err := s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, x, err := readAccount(ctx, tx, `id = $1`, a.ID)
		if err != nil {
			return err
		}
		if x.totpOn || x.totp == "" {
			return problem.New(problem.Conflict, "There is no second factor waiting for its first code. Begin again.")
		}
		step, err := s.step(a.ID, x, code, now)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE account SET totp_on = TRUE, totp_step = $2, recovery = $3 WHERE id = $1`, a.ID, step, strings.Join(hashes, "\n"))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.byEmail.clear(a.Email)
	return codes, nil
}

// DisableTOTP removes the second factor after a look at the passphrase.
func (s *Store) DisableTOTP(ctx context.Context, a Account, passphrase string, now time.Time) error {
	if err := s.confirm(ctx, a, "passphrase", passphrase, now); err != nil {
		return err
	}
	return s.db.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account SET totp = '', totp_on = FALSE, totp_step = 0, recovery = '' WHERE id = $1`, a.ID)
		return err
	})
}

// spendCode uses up a code of the account's second factor: each counts once.
func (s *Store) spendCode(ctx context.Context, tx *db.Tx, account, code string, now time.Time) error {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if code == "" {
		return problem.Field("code", "Type the six digits your authenticator app shows, or a recovery code.")
	}
	_, x, err := readAccount(ctx, tx, `id = $1`, account)
	if err != nil {
		return err
	}
	if len(code) > 6 {
		return spendRecovery(ctx, tx, account, x, code)
	}
	step, err := s.step(account, x, code, now)
	if err != nil {
		return err
	}
	// another server may have taken the same code a moment ago
	res, err := tx.Exec(ctx, `UPDATE account SET totp_step = $2 WHERE id = $1 AND totp_step < $2`, account, step)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errCode())
	}
	return nil
}

func errCode() error {
	return problem.Field("code", "This code is wrong or has been used. Wait for the next one; if that fails too, check the clock of your phone.")
}

// step finds the 30 seconds a code belongs to: the present ones, those before or
// those after. A step at or before the last one used is a replay.
func (s *Store) step(account string, x secrets, code string, now time.Time) (int64, error) {
	if s.seal == nil {
		return 0, problem.New(problem.Internal, "The key for second factors is not configured.")
	}
	secret, err := s.seal.Open(account, x.totp)
	if err != nil {
		return 0, fmt.Errorf("a second factor cannot be read: %w", err)
	}
	found := int64(-1)
	for _, off := range []int64{-1, 0, 1} {
		step := now.Unix()/period + off
		want, err := totp.GenerateCodeCustom(secret, time.Unix(step*period, 0), codeOptions)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > x.totpStep {
			found = step
		}
	}
	if found < 0 {
		return 0, errCode()
	}
	return found, nil
}

func spendRecovery(ctx context.Context, tx *db.Tx, account string, x secrets, code string) error {
	left := strings.Split(x.recovery, "\n")
	i := slices.Index(left, hashOf(code))
	if i < 0 || x.recovery == "" {
		return errCode()
	}
	res, err := tx.Exec(ctx, `UPDATE account SET recovery = $2 WHERE id = $1 AND recovery = $3`, account, strings.Join(slices.Delete(left, i, i+1), "\n"), x.recovery)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errCode())
	}
	return nil
}

// recoveryCodes returns ten codes such as ABCD-EFGH-IJKL-MNOP and their hashes.
func recoveryCodes() (codes, hashes []string) {
	for range 10 {
		b := make([]byte, 10)
		rand.Read(b)
		c := base32.StdEncoding.EncodeToString(b)
		hashes = append(hashes, hashOf(c))
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
	}
	return codes, hashes
}

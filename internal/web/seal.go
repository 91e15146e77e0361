package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"
)

// sealer keeps a passphrase for the few minutes between the first and the second
// step of signing in, sealed in a cookie with a key that lives in this process
// only. After a restart, or on another node, the person types it once more.
type sealer struct{ aead cipher.AEAD }

const (
	sealCookie = "toucan_step"
	sealFor    = 5 * time.Minute
)

func newSealer() sealer {
	key := make([]byte, 32)
	rand.Read(key) // never fails: the Go runtime stops the program instead
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length of the key is right above
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return sealer{aead}
}

func (s *Server) setStep(w http.ResponseWriter, r *http.Request, email, passphrase string) {
	sealed := s.sealer.aead.Seal(nil, nil, []byte(passphrase), []byte(email))
	http.SetCookie(w, &http.Cookie{
		Name: sealCookie, Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/sign-in", MaxAge: int(sealFor.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.secure(r),
	})
}

// step returns the passphrase of the first step, or "".
func (s *Server) step(r *http.Request, email string) string {
	c, err := r.Cookie(sealCookie)
	if err != nil {
		return ""
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return ""
	}
	plain, err := s.sealer.aead.Open(nil, nil, sealed, []byte(email))
	if err != nil {
		return ""
	}
	return string(plain)
}

func dropStep(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: sealCookie, Path: "/sign-in", MaxAge: -1, HttpOnly: true})
}

// sameSecret compares without telling by its time how much was right.
func sameSecret(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

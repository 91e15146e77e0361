package web

import (
	"encoding/base64"
	"net/http"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

const (
	sessionCookie = "toucan_session"
	themeCookie   = "toucan_theme"
	flashCookie   = "toucan_flash"
)

// setSession hands the session to the browser: not readable by scripts, not sent
// along with forms of other sites, only over https where we are reached that way.
func (s *Server) setSession(w http.ResponseWriter, r *http.Request, in access.SignedIn) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: in.Token, Path: "/", Expires: in.ExpiresAt,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
}

func (s *Server) dropSession(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
}

func sessionToken(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// theme returns the choice the browser remembers, or "" for what the device prefers.
func theme(r *http.Request) string {
	if c, err := r.Cookie(themeCookie); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}

// postTheme remembers light or dark: POST /theme.
func (s *Server) postTheme(w http.ResponseWriter, r *http.Request, _ visitor) error {
	chosen := r.FormValue("theme")
	if chosen != "light" && chosen != "dark" {
		chosen = ""
	}
	http.SetCookie(w, &http.Cookie{
		Name: themeCookie, Value: chosen, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
	return back(w, r, local(refererPath(r)), "")
}

// setFlash leaves one sentence for the next page.
func setFlash(w http.ResponseWriter, text string) {
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString([]byte(text)), Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// takeFlash returns that sentence once.
func takeFlash(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(text) > 400 {
		return ""
	}
	return string(text)
}

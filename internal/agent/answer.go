package agent

import (
	"fmt"
	"net/http"

	"github.com/toucan-grc/toucan/internal/wire"
)

// verdict is what an answer to a delivery means. Exactly one of receipt, revoked and
// failure is set.
type verdict struct {
	receipt *wire.Receipt
	revoked *wire.Revocation
	code    wire.Code // of a refusal, or empty
	failure string    // in words
}

// judge says what an answer means. A receipt counts only with the server's signature and
// for the very report that was sent; a revocation only with the signature, and for this
// device. Nothing else makes an agent forget anything.
func judge(got answer, sent wire.Delivery, e Enrolled) verdict {
	if got.status == http.StatusOK {
		r, err := wire.Open[wire.Receipt](got.body, e.ServerKey)
		newest := sent.Reports[len(sent.Reports)-1]
		if err != nil || r.Device != e.Device || r.Seq != newest.Seq || r.Report != newest.Hash() {
			return verdict{failure: "the answer is no receipt for what was sent, signed by the server of the enrolment"}
		}
		return verdict{receipt: &r}
	}
	refusal, err := wire.Decode[wire.Refusal](got.body)
	if err != nil {
		return verdict{failure: fmt.Sprintf("the server answered %d, and not as a Toucan server does", got.status)}
	}
	if refusal.Code == wire.RevokedHere {
		r, err := wire.Open[wire.Revocation]([]byte(refusal.Revocation), e.ServerKey)
		if err != nil || r.Device != e.Device {
			return verdict{code: refusal.Code, failure: "the server says that this device was revoked, but does not prove it; the key is kept"}
		}
		return verdict{code: refusal.Code, revoked: &r}
	}
	return verdict{code: refusal.Code, failure: refusalWords(refusal.Code)}
}

func refusalWords(c wire.Code) string {
	switch c {
	case wire.Unknown:
		return "the server does not know this device; the key is kept, and it is tried again"
	case wire.Behind:
		return "the server knows later reports of this device: this machine is a copy, or was restored from an older state; enrol it anew"
	case wire.TooMany, wire.Busy:
		return "the server has too much to do; it is tried again when it said so"
	case wire.Malformed, wire.TooLarge:
		return "the server does not understand this agent; one of them is too old"
	}
	return fmt.Sprintf("the server refused: %s", c)
}

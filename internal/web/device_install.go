package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/device/packages"
)

// installStep is how the agent comes onto one kind of system.
type installStep struct {
	Key, System string
	Lines       []installLine
	Files       []packages.Package // that this server hands out for it
}

type installLine struct{ About, Line string }

// agentVersion is that of the packages this server was built beside; packaging/VERSION.
const agentVersion = "1.0.0"

// installSteps are the ways to install the agent, from the files that make packages
// writes. Those this server hands out are files; without any, they come from whoever
// runs IT.
func installSteps(files []packages.Package) []installStep {
	version := agentVersion
	for _, f := range files {
		if parts := strings.Split(f.Name, "_"); len(parts) > 2 && parts[0] == "toucan-agent" {
			version = parts[1]
		}
	}
	file := func(text string) string { return strings.ReplaceAll(text, "{v}", "toucan-agent_"+version) }
	of := func(endings ...string) []packages.Package {
		return slices.DeleteFunc(slices.Clone(files), func(f packages.Package) bool {
			return !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(f.Name, e) })
		})
	}
	return []installStep{
		{"linux", "Linux", []installLine{
			{"Debian, Ubuntu and their kin (on ARM the file ends in arm64.deb)", file("sudo apt install ./{v}_amd64.deb")},
			{"Fedora, Red Hat and their kin (on ARM it ends in arm64.rpm)", file("sudo dnf install ./{v}_amd64.rpm")},
			{"openSUSE", file("sudo zypper install --allow-unsigned-rpm ./{v}_amd64.rpm")},
			{"Alpine, as root", file("apk add --allow-untrusted ./{v}_amd64.apk")},
			{"Any other", file("tar xzf {v}_linux_amd64.tar.gz && sudo sh {v}_linux_amd64/install.sh")},
		}, of(".deb", ".rpm", ".apk", "_linux_amd64.tar.gz", "_linux_arm64.tar.gz")},
		{"macos", "macOS", []installLine{
			{"A Mac with Apple’s own chip, in Terminal", file("tar xzf {v}_darwin_arm64.tar.gz && sudo sh {v}_darwin_arm64/install.sh")},
			{"A Mac with an Intel chip, in Terminal", file("tar xzf {v}_darwin_amd64.tar.gz && sudo sh {v}_darwin_amd64/install.sh")},
		}, of("_darwin_amd64.tar.gz", "_darwin_arm64.tar.gz")},
		{"windows", "Windows", []installLine{
			{"In PowerShell or a command prompt, opened as administrator", file("msiexec /i {v}_amd64.msi")},
		}, of(".msi")},
	}
}

// getAgentPackage sends a package of the agent: GET /o/{org}/my/devices/packages/{name}.
func (s *Server) getAgentPackage(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p, body, err := s.Packages.Open(r.PathValue("name"))
	if err != nil {
		return err
	}
	defer body.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", disposition("attachment", p.Name))
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+p.SHA256+`"`)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendWithin))
	http.ServeContent(w, r, "", time.Time{}, body)
	return nil
}

// enrolCommand is what gives the agent its code on a kind of system.
type enrolCommand struct{ System, Line string }

func enrolCommands(word string) []enrolCommand {
	return []enrolCommand{
		{"Linux and macOS", "sudo toucan-agent enroll " + quoted(word)},
		{"Windows, in a terminal opened as administrator", `& "C:\Program Files\Toucan Agent\toucan-agent.exe" enroll ` + quoted(word)},
	}
}

// quoted puts single quotes around a word, which keeps a shell and PowerShell from
// reading the # as the start of a comment. An address holds none.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", "%27") + "'" }

func commandID(what string, n int) string { return fmt.Sprintf("cmd-%s-%d", what, n) }

package web

import "github.com/toucan-grc/toucan/internal/access"

func systemRoutes() []route {
	out := []route{
		{"GET", "/o/{org}/systems/commitments/library", member, access.ViewSystems, 0, (*Server).getCommitmentLibrary},
		{"POST", "/o/{org}/systems/commitments/library", member, access.ManageSystems, 0, (*Server).postCommitmentLibrary},
	}
	for _, n := range []inventoryNoun{systemNoun, siteNoun, assetNoun, commitmentNoun} {
		out = append(out, n.routes()...)
	}
	return out
}

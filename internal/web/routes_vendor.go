package web

func vendorRoutes() []route { return vendorNoun.routes() }

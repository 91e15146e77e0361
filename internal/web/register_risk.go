package web

func riskRegisters() []register { return nil }

// Package cpu tells Go's own library what the processor can do beyond the ordinary. Nothing: that library is built without
// assembly, and what it computes in Go is compiled for the processor anyway.
package cpu

const CacheLinePadSize = 64

// CacheLinePad keeps what stands before and after it in different cache lines.
type CacheLinePad struct{ _ [CacheLinePadSize]byte }

var CacheLineSize uintptr = CacheLinePadSize

var X86 struct {
	HasAES, HasADX, HasAVX, HasAVX2, HasAVXVNNI, HasAVX512F, HasAVX512BW, HasAVX512VL, HasAVX512 bool
	HasBMI1, HasBMI2, HasERMS, HasFSRM, HasFMA, HasGFNI, HasOSXSAVE, HasPCLMULQDQ, HasPOPCNT     bool
	HasRDTSCP, HasSHA, HasSSE3, HasSSSE3, HasSSE41, HasSSE42, HasVAES, HasVPCLMULQDQ             bool
}

var ARM64 struct {
	HasAES, HasPMULL, HasSHA1, HasSHA2, HasSHA512, HasSHA3, HasCRC32, HasATOMICS, HasCPUID, HasDIT, HasSB, IsNeoverse bool
}

// Name is the processor's name; unknown.
func Name() string { return "" }

// Other architectures, for code that names them all.
var S390X struct {
	HasAES, HasAESCBC, HasAESCTR, HasAESGCM, HasDFP, HasECDSA, HasEDDSA, HasEIMM, HasETF3EH, HasGHASH bool
	HasKDSA, HasLDISP, HasMSA, HasSHA1, HasSHA256, HasSHA3, HasSHA512, HasSTFLE, HasVX, HasVXE        bool
	HasZARCH                                                                                          bool
}

var Loong64 struct {
	HasLSX, HasLASX, HasCRC32, HasLAMCAS, HasLAM_BH bool
}

var RISCV64 struct {
	HasFastMisaligned, HasV, HasZbb, HasZbc, HasZvbb, HasZvbc, HasZvkg, HasZvkned, HasZvknha, HasZvknhb, HasZvkt bool
}

var PPC64 struct {
	HasDARN, HasSCV, IsPOWER8, IsPOWER9, IsPOWER10 bool
}

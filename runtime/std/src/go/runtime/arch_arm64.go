package runtime

const GOARCH string = "arm64"

# docker build -t ringwatch . && docker run --rm -v "$PWD:/data" ringwatch detect ratings.csv --out case
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /ringwatch ./cmd/ringwatch

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /ringwatch /usr/bin/ringwatch
COPY LICENSE THIRD_PARTY.md /usr/share/doc/ringwatch/
WORKDIR /data
ENTRYPOINT ["/usr/bin/ringwatch"]

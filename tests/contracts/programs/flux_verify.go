// Checks an image by the block `verify` of an OCIRepository, with the verifier of Flux's source-controller.
//
//	flux-verify REPOSITORY.yaml SECRETS IMAGE
//
// SECRETS is a folder with a folder for each secret. Built inside a copy of source-controller
// (scripts/attest-tools-for-tests), whose verifier is internal; what it is handed is what its reconciler hands it.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	sigstore "github.com/sigstore/cosign/v3/pkg/cosign"
	"sigs.k8s.io/yaml"

	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	soci "github.com/fluxcd/source-controller/internal/oci"
	"github.com/fluxcd/source-controller/internal/oci/cosign"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println("verified")
}

func run(file, secrets, image string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var repository sourcev1.OCIRepository
	if err := yaml.UnmarshalStrict(text, &repository); err != nil {
		return err
	}
	verify := repository.Spec.Verify
	if verify == nil || verify.Provider != "cosign" {
		return fmt.Errorf("%s asks for no verification by cosign", file)
	}
	ref, err := name.ParseReference(image, name.Insecure)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// As the reconciler has it. Without options of one's own, a puller is shared, and waits for itself.
	common := []cosign.Options{cosign.WithInsecure(true), cosign.WithRemoteOptions(
		remote.WithContext(ctx), remote.WithTransport(remote.DefaultTransport), remote.WithAuth(authn.Anonymous))}
	if verify.TrustedRootSecretRef != nil {
		root, err := os.ReadFile(filepath.Join(secrets, verify.TrustedRootSecretRef.Name, "trusted_root.json"))
		if err != nil {
			return err
		}
		common = append(common, cosign.WithTrustedRoot(root))
	}
	if verify.SecretRef != nil {
		return byKeys(ctx, filepath.Join(secrets, verify.SecretRef.Name), ref, common)
	}
	var identities []sigstore.Identity
	for _, match := range verify.MatchOIDCIdentity {
		identities = append(identities, sigstore.Identity{IssuerRegExp: match.Issuer, SubjectRegExp: match.Subject})
	}
	return verified(ctx, ref, append(common, cosign.WithIdentities(identities)))
}

func byKeys(ctx context.Context, secret string, ref name.Reference, common []cosign.Options) error {
	files, err := os.ReadDir(secret)
	if err != nil {
		return err
	}
	why := fmt.Errorf("the secret %s holds no key", secret)
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".pub") {
			continue
		}
		key, err := os.ReadFile(filepath.Join(secret, file.Name()))
		if err != nil {
			return err
		}
		if why = verified(ctx, ref, append(common, cosign.WithPublicKey(key))); why == nil {
			return nil
		}
	}
	return why
}

func verified(ctx context.Context, ref name.Reference, options []cosign.Options) error {
	verifier, err := cosign.NewCosignVerifierFactory().NewCosignVerifier(ctx, options...)
	if err != nil {
		return err
	}
	result, err := verifier.Verify(ctx, ref)
	if err == nil && result != soci.VerificationResultSuccess {
		err = fmt.Errorf("no matching signatures were found for %s", ref)
	}
	return err
}

/** Programs and libraries that a distribution or a package manager brings: examples of keys in them are nobody's secrets. */
const SYSTEM =
  /^(?:usr\/(?:local\/)?(?:bin|sbin|lib\d*|libexec|include|share|games|go)|lib\d*|bin|sbin|boot|dev|proc|sys|var\/(?:lib|cache|log)|etc\/(?:ssl|ca-certificates|pki)|nix)\//;
const PACKAGES =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|\.pnpm-store|_cacache|\.cache|go\/pkg\/mod|\.cargo\/registry|\.m2\/repository|\.gradle|vendor\/bundle)\//;

/** `path` as a layer has it, without a leading slash. */
export const isOthersFile = (path: string): boolean => SYSTEM.test(path) || PACKAGES.test(path);

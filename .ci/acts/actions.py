"""Other people's actions as far as the workflows use them, without GitHub. Never more lenient than the real ones about what they are given."""

# What actions/create-github-app-token does, without GitHub: it is told whose token is wanted, and gives one that may push.
APP_TOKEN = """
name: token
inputs: {client-id: {required: true}, private-key: {required: true}, permission-contents: {required: true}}
outputs: {token: {value: "${{ steps.make.outputs.token }}"}}
runs:
  using: composite
  steps:
    - id: make
      shell: bash
      run: '[ "$ASKED" = "Iv1.app key write" ] && echo "::add-mask::ghs_push" && echo "token=ghs_push" >> "$GITHUB_OUTPUT"'
      env: {ASKED: "${{ inputs.client-id }} ${{ inputs.private-key }} ${{ inputs.permission-contents }}"}
"""

# What actions/checkout does with these inputs: the newest commit, and no token left behind. act's own does nothing at all.
CHECKOUT = """
name: checkout
inputs: {ref: {default: ""}, fetch-depth: {required: true}, persist-credentials: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        [ "$ASKED" = "1 false" ] || exit 1
        find . -mindepth 1 -delete
        git -c init.defaultBranch=main clone -q --depth 1 ${REF:+--branch "$REF"} "SERVER/$GITHUB_REPOSITORY.git" .
      env: {ASKED: "${{ inputs.fetch-depth }} ${{ inputs.persist-credentials }}", REF: "${{ inputs.ref }}"}
"""

# What actions/upload-artifact and actions/download-artifact do with these inputs, in a folder: act's own server speaks another protocol.
UPLOAD = """
name: upload
inputs: {name: {required: true}, path: {required: true}, if-no-files-found: {default: warn}, retention-days: {default: "0"}}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        [ -e "$FROM" ] || exit 1
        [ ! -e "FOLDER/$NAME" ] || exit 1
        mkdir -p "FOLDER/$NAME"
        if [ -d "$FROM" ]; then cp -r "$FROM/." "FOLDER/$NAME"; else cp "$FROM" "FOLDER/$NAME"; fi
      env: {NAME: "${{ inputs.name }}", FROM: "${{ inputs.path }}"}
"""
DOWNLOAD = """
name: download
inputs: {name: {default: ""}, pattern: {default: ""}, path: {required: true}, merge-multiple: {default: "false"}}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        mkdir -p "$TO"
        if [ -n "$NAME" ]; then cp -r "FOLDER/$NAME/." "$TO"; exit; fi
        [ "$MERGE" = true ] || exit 1
        for one in FOLDER/$PATTERN; do cp -r "$one/." "$TO"; done
      env: {NAME: "${{ inputs.name }}", PATTERN: "${{ inputs.pattern }}", TO: "${{ inputs.path }}", MERGE: "${{ inputs.merge-multiple }}"}
"""

/**
 * What the tests of CRS expect of the rules' set-up, as its own test environment sets it: all limits that are off by default,
 * and UTF-8 validation. Read after the set-up example, before the rules.
 */
export const TEST_SETUP = `
SecAction "id:900005,phase:1,pass,t:none,nolog,\\
  setvar:tx.crs_validate_utf8_encoding=1,\\
  setvar:tx.arg_name_length=100,\\
  setvar:tx.arg_length=400,\\
  setvar:tx.total_arg_length=6400,\\
  setvar:tx.max_num_args=255,\\
  setvar:tx.max_file_size=64100,\\
  setvar:tx.combined_file_sizes=65535"
`

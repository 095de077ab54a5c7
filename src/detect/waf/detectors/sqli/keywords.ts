import { WordTable } from '../word-table.ts'
import { Kind, type TokenKind } from './token-kind.ts'

/** The words of the SQL dialects by the kind of token that they are; everything in lower case. */
const WORDS: readonly (readonly [kind: TokenKind, words: string])[] = [
  [Kind.logic, 'or and xor'],
  [Kind.not, 'not'],
  [Kind.compareWord, 'like rlike regexp ilike glob similar between in is sounds isnull notnull'],
  [Kind.arithmetic, 'div mod'],
  [
    Kind.constant,
    'null true false unknown current_user current_date current_time current_timestamp session_user system_user ' +
      'localtime localtimestamp sysdate systimestamp rownum utc_date utc_time utc_timestamp',
  ],
  [Kind.union, 'union except intersect minus'],
  [Kind.select, 'select'],
  [Kind.from, 'from'],
  [Kind.quantifier, 'all distinct distinctrow unique any some top straight_join sql_no_cache'],
  [Kind.clause, 'where on as join inner outer cross natural using set with returning escape collate binary for delay'],
  [Kind.orderGroup, 'order group'],
  [Kind.by, 'by'],
  [Kind.having, 'having'],
  [Kind.limit, 'limit offset fetch'],
  [Kind.into, 'into'],
  [
    Kind.statement,
    'insert update delete drop create alter truncate exec execute declare shutdown grant revoke merge call copy load ' +
      'attach detach rename handler do waitfor print raiserror kill backup restore use dbcc vacuum pragma begin while ' +
      'commit rollback prepare deallocate reconfigure import open',
  ],
  [
    Kind.object,
    'table view index function login role trigger column sequence extension event temporary ' +
      'temp server tablespace outfile dumpfile data infile program immediate',
  ],
  [Kind.caseWord, 'case'],
  [Kind.whenWord, 'when then else'],
  [Kind.endWord, 'end'],
  [Kind.exists, 'exists'],
  [Kind.delayCall, 'sleep benchmark pg_sleep pg_sleep_for pg_sleep_until dbms_lock dbms_pipe dbms_session randomblob'],
  [
    Kind.leakCall,
    'extractvalue updatexml xmltype load_file utl_inaddr utl_http utl_file ctxsys dbms_xmlgen dbms_xmlquery ' +
      'dbms_utility dbms_ldap dbms_java dbms_xslprocessor dbms_scheduler dbms_export_extension httpuritype ' +
      'xp_cmdshell xp_dirtree xp_fileexist xp_regread xp_regwrite xp_subdirs xp_getfiledetails xp_servicecontrol ' +
      'xp_enumgroups xp_loginconfig xp_msver xp_availablemedia xp_makecab xp_ntsec xp_terminate_process ' +
      'sp_executesql sp_password sp_configure sp_makewebtask sp_oacreate sp_oamethod sp_addextendedproc ' +
      'sp_addlogin sp_addsrvrolemember sp_execute_external_script openrowset opendatasource openquery ' +
      'fn_xe_file_target_read_file fn_trace_gettable fn_get_audit_file pg_read_file pg_read_binary_file pg_ls_dir ' +
      'pg_stat_file lo_import lo_export lo_get lo_from_bytea dblink dblink_connect query_to_xml database_to_xml ' +
      'table_to_xml schema_to_xml cursor_to_xml load_extension writefile readfile fts3_tokenizer gtid_subset ' +
      'gtid_subtract name_const st_latfromgeohash st_longfromgeohash st_pointfromgeohash multipoint ' +
      'multilinestring multipolygon geometrycollection linestring sys_eval sys_exec',
  ],
  [
    Kind.sqlCall,
    'group_concat concat_ws string_agg listagg wm_concat xmlagg array_agg char_length character_length octet_length ' +
      'ascii unhex mid ifnull nullif nvl nvl2 coalesce find_in_set last_insert_id found_rows ' +
      'row_count connection_id inet_aton inet_ntoa aes_encrypt aes_decrypt des_encrypt des_decrypt old_password ' +
      'make_set quote_literal quote_ident nchar unistr sqlite_version sqlite_compileoption_get ' +
      'is_srvrolemember is_member has_dbaccess db_name db_id suser_name suser_sname suser_sid user_name host_name ' +
      'object_id object_name col_name col_length schema_name has_table_privilege current_setting current_database ' +
      'current_schema inet_server_addr inet_client_addr pg_backend_pid generate_series to_char to_number rawtohex ' +
      'hextoraw sys_context userenv sys_guid row_number json_keys json_extract bin_to_uuid ' +
      'iif if lcase ucase zeroblob total_changes likelihood unlikely ' +
      'to_base64 from_base64 uncompress weight_string bit_count bit_length ',
  ],
  [
    Kind.plainCall,
    'substr substring char concat length len count min max sum avg lower upper left right version user database schema ' +
      'round floor ceil ceiling rand random abs exp pow power sqrt md5 sha1 sha2 sha instr locate position charindex ' +
      'patindex replace reverse repeat replicate lpad rpad trim ltrim rtrim space greatest least bin conv oct format ' +
      'now date time year month day datediff date_add quote password encrypt row array typeof unicode ' +
      'strcmp ord hex convert decode cast changes chr crc32 elt ' +
      'stuff translate soundex sign uuid getdate',
  ],
  [
    Kind.catalog,
    'information_schema sysobjects syscolumns sysdatabases syslogins sysusers pg_catalog pg_user pg_shadow pg_class ' +
      'pg_tables pg_database pg_authid sqlite_master sqlite_schema sqlite_temp_master all_tables all_tab_columns ' +
      'all_users user_tables user_tab_columns user_objects dba_users dba_tables msysobjects msysaccessobjects ' +
      'innodb_table_stats innodb_index_stats systables',
  ],
  [Kind.direction, 'asc desc'],
  [Kind.procedure, 'procedure'],
  [Kind.values, 'values'],
]

const wordTexts = WORDS.flatMap(([, words]) => words.split(' '))
const KINDS = Uint8Array.of(Kind.word, ...WORDS.flatMap(([kind, words]) => words.split(' ').map(() => kind)))
const TABLE = new WordTable(wordTexts)

/** Number of the keyword that stands in `text` from `from` to `to`; 0 when it is none. */
export function findKeyword(text: string, from: number, to: number): number {
  return TABLE.find(text, from, to)
}

/** Kind of token of a keyword by its number. */
export function keywordKind(keyword: number): number {
  return KINDS[keyword]
}

/** Number of a keyword, for recognisers that ask for one word. Throws when it is not in the table. */
export function keyword(word: string): number {
  const found = findKeyword(word, 0, word.length)
  if (found === 0) throw new RangeError(`"${word}" is not in the table of SQL words`)
  return found
}

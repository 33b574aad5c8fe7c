"""The fields of PAN-OS' comma-separated logs, in order, by log type, under PAN-OS' own variable names.

Enters: nothing. Leaves: `FIELDS`. An empty name is a position that the vendor keeps for future use.
Source: PAN-OS 11.1 administration guide, "Syslog Field Descriptions" (older versions are prefixes of these).
"""

from __future__ import annotations

_HEAD = ",receive_time,serial,type,subtype,,time_generated,"
_FLOW = (
    "src,dst,natsrc,natdst,rule,srcuser,dstuser,app,vsys,from,to,inbound_if,outbound_if,logset,,sessionid,repeatcnt,"
    "sport,dport,natsport,natdport,flags,proto,action,"
)
_GROUPS = "dg_hier_level_1,dg_hier_level_2,dg_hier_level_3,dg_hier_level_4,vsys_name,device_name"
_DEVICES = (
    "src_category,src_profile,src_model,src_vendor,src_osfamily,src_osversion,src_host,src_mac,dst_category,"
    "dst_profile,dst_model,dst_vendor,dst_osfamily,dst_osversion,dst_host,dst_mac,container_id,pod_namespace,pod_name,"
    "src_edl,dst_edl,hostid,serialnumber,"
)
_APPLICATION = (
    "subcategory_of_app,category_of_app,technology_of_app,risk_of_app,characteristic_of_app,container_of_app,"
    "tunneled_app,is_saas_of_app,sanctioned_state_of_app"
)

_LINES: dict[str, str] = {
    "TRAFFIC": _HEAD
    + _FLOW
    + "bytes,bytes_sent,bytes_received,packets,start,elapsed,category,,seqno,actionflags,srcloc,dstloc,,pkts_sent,"
    "pkts_received,session_end_reason,"
    + _GROUPS
    + ",action_source,src_uuid,dst_uuid,tunnelid,monitortag,parent_session_id,parent_start_time,tunnel,assoc_id,chunks,"
    "chunks_sent,chunks_received,rule_uuid,http2_connection,link_change_count,policy_id,link_switches,sdwan_cluster,"
    "sdwan_device_type,sdwan_cluster_type,sdwan_site,dynusergroup_name,xff_ip,"
    + _DEVICES
    + "src_dag,dst_dag,session_owner,high_res_timestamp,nssai_sst,nssai_sd,"
    + _APPLICATION
    + ",offloaded,flow_type,cluster_name",
    "THREAT": _HEAD
    + _FLOW
    + "misc,threatid,category,severity,direction,seqno,actionflags,srcloc,dstloc,,contenttype,pcap_id,filedigest,cloud,"
    "url_idx,user_agent,filetype,xff,referer,sender,subject,recipient,reportid,"
    + _GROUPS
    + ",,src_uuid,dst_uuid,http_method,tunnelid,monitortag,parent_session_id,parent_start_time,tunnel,thr_category,"
    "contentver,,assoc_id,ppid,http_headers,url_category_list,rule_uuid,http2_connection,dynusergroup_name,xff_ip,"
    + _DEVICES
    + "domain_edl,src_dag,dst_dag,partial_hash,high_res_timestamp,reason,justification,nssai_sst,"
    + _APPLICATION
    + ",cloud_report_id,cluster_name,flow_type",
    "SYSTEM": _HEAD
    + "vsys,eventid,object,,,module,severity,opaque,seqno,actionflags,"
    + _GROUPS
    + ",,,high_res_timestamp",
    "CONFIG": _HEAD
    + "host,vsys,cmd,admin,client,result,path,seqno,actionflags,"
    + _GROUPS
    + ",dg_id,comment,,high_res_timestamp",
    "USERID": _HEAD
    + "vsys,ip,user,datasourcename,eventid,repeatcnt,timeout,beginport,endport,datasource,datasourcetype,seqno,"
    "actionflags,"
    + _GROUPS
    + ",vsys_id,factortype,factorcompletiontime,factorno,ugflags,userbysource,tag_name,high_res_timestamp,"
    "origindatasource,cluster_name",
    "GLOBALPROTECT": _HEAD
    + "vsys,eventid,stage,auth_method,tunnel_type,srcuser,srcregion,machinename,public_ip,public_ipv6,private_ip,"
    "private_ipv6,hostid,serialnumber,client_ver,client_os,client_os_ver,repeatcnt,reason,error,opaque,status,location,"
    "login_duration,connect_method,error_code,portal,seqno,actionflags,high_res_timestamp,selection_type,"
    "response_time,priority,attempted_gateways,gateway," + _GROUPS + ",vsys_id,cluster_name",
    "HIPMATCH": _HEAD
    + "srcuser,vsys,machinename,os,src,matchname,repeatcnt,matchtype,,,seqno,actionflags,"
    + _GROUPS
    + ",vsys_id,srcipv6,hostid,serialnumber,mac,high_res_timestamp,cluster_name",
    "AUTH": _HEAD
    + "vsys,ip,user,normalize_user,object,authpolicy,repeatcnt,authid,vendor,logset,serverprofile,desc,clienttype,"
    "event,factorno,seqno,actionflags,"
    + _GROUPS
    + ",vsys_id,authproto,rule_uuid,high_res_timestamp,src_category,src_profile,src_model,src_vendor,src_osfamily,"
    "src_osversion,src_host,src_mac,region,,user_agent,sessionid,cluster_name",
    "DECRYPTION": _HEAD
    + _FLOW
    + "tunnel,,,src_uuid,dst_uuid,rule_uuid,hs_stage_c2f,hs_stage_f2s,tls_version,tls_keyxchg,tls_enc,tls_auth,"
    "policy_name,ec_curve,err_index,root_status,chain_status,proxy_type,cert_serial,fingerprint,notbefore,notafter,"
    "cert_ver,cert_size,cn_len,issuer_len,rootcn_len,sni_len,cert_flags,cn,issuer_cn,root_cn,sni,error,container_id,"
    "pod_namespace,pod_name,src_edl,dst_edl,src_dag,dst_dag,high_res_timestamp,src_category,src_profile,src_model,"
    "src_vendor,src_osfamily,src_osversion,src_host,src_mac,dst_category,dst_profile,dst_model,dst_vendor,dst_osfamily,"
    "dst_osversion,dst_host,dst_mac,seqno,actionflags," + _GROUPS + ",vsys_id," + _APPLICATION + ",cluster_name",
    "IPTAG": _HEAD
    + "vsys,ip,tag_name,event_id,repeatcnt,timeout,datasourcename,datasource_type,datasource_subtype,seqno,"
    "actionflags," + _GROUPS + ",vsys_id,high_res_timestamp,cluster_name",
}

FIELDS: dict[str, tuple[str, ...]] = {kind: tuple(line.split(",")) for kind, line in _LINES.items()}
"""Field names by log type."""

HEAD: tuple[str, ...] = tuple(_HEAD.split(",")[:7])
"""The fields that every log type starts with."""

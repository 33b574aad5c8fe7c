"""Windows RPC: interface ids, and the operations of those that attacks use, under their specifications' names.

Sources: MS-DRSR, MS-SCMR, MS-SAMR, MS-LSAD, MS-LSAT, MS-SRVS, MS-WKST, MS-RRP, MS-TSCH, MS-NRPC, MS-RPRN, MS-EFSR,
MS-DFSNM, MS-FSRVP, MS-DCOM, MS-WMI, MS-EVEN, MS-DNSP.
"""

from __future__ import annotations

INTERFACES = {
    "e3514235-4b06-11d1-ab04-00c04fc2dcd2": "drsuapi",
    "367abb81-9844-35f1-ad32-98f038001003": "svcctl",
    "12345778-1234-abcd-ef00-0123456789ac": "samr",
    "12345778-1234-abcd-ef00-0123456789ab": "lsarpc",
    "12345678-1234-abcd-ef00-01234567cffb": "netlogon",
    "4b324fc8-1670-01d3-1278-5a47bf6ee188": "srvsvc",
    "6bffd098-a112-3610-9833-46c3f87e345a": "wkssvc",
    "338cd001-2244-31f1-aaaa-900038001003": "winreg",
    "1ff70682-0a51-30e8-076d-740be8cee98b": "atsvc",
    "86d35949-83c9-4044-b424-db363231fd0c": "ITaskSchedulerService",
    "12345678-1234-abcd-ef00-0123456789ab": "spoolss",
    "76f03f96-cdfd-44fc-a22c-64950a001209": "IRemoteWinspool",
    "c681d488-d850-11d0-8c52-00c04fd90f7e": "efsrpc",
    "df1941c5-fe89-4e79-bf10-463657acf44d": "efsrpc",
    "4fc742e0-4a10-11cf-8273-00aa004ae673": "netdfs",
    "a8e0653c-2744-4389-a61d-7373df8b2292": "FileServerVssAgent",
    "e1af8308-5d1f-11c9-91a4-08002b14a0fa": "epmapper",
    "000001a0-0000-0000-c000-000000000046": "IRemoteSCMActivator",
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": "IActivation",
    "99fcfec4-5260-101b-bbcb-00aa0021347a": "IObjectExporter",
    "00000131-0000-0000-c000-000000000046": "IRemUnknown",
    "00000143-0000-0000-c000-000000000046": "IRemUnknown2",
    "00020400-0000-0000-c000-000000000046": "IDispatch",
    "9556dc99-828c-11cf-a37e-00aa003240c7": "IWbemServices",
    "f309ad18-d86a-11d0-a075-00c04fb68820": "IWbemLevel1Login",
    "d4781cd6-e5d3-44df-ad94-930efe48a887": "IWbemLoginClientID",
    "027947e1-d731-11ce-a357-000000000001": "IEnumWbemClassObject",
    "1c1c45ee-4395-11d2-b60b-00104b703efd": "IWbemFetchSmartEnum",
    "423ec01e-2e35-11d2-b604-00104b703efd": "IWbemWCOSmartEnum",
    "82273fdc-e32a-18c3-3f78-827929dc23ea": "eventlog",
    "f6beaff7-1e19-4fbb-9f8f-b89e2018337c": "IEventService",
    "50abc2a4-574d-40b3-9d66-ee4fd5fba076": "dnsserver",
    "894de0c0-0d55-11d3-a322-00c04fa321a1": "InitShutdown",
    "5ca4a760-ebb1-11cf-8611-00a0245420ed": "winstation_rpc",
    "3919286a-b10c-11d0-9ba8-00c04fd92ef5": "dssetup",
    "91ae6020-9e3c-11cf-8d7c-00aa00c091be": "ICertPassage",
    "afa8bd80-7d8a-11c9-bef4-08002b102989": "mgmt",
}

BY_PROTOCOL = {
    "rpc_netlogon": "netlogon",
    "epm": "epmapper",
    "lsarpc": "lsarpc",
    "isystemactivator": "IRemoteSCMActivator",
}
"""Wireshark's names of interfaces where they differ: used when the binding was before the capture."""

_OPERATIONS = {
    "drsuapi": "0 DRSBind 1 DRSUnbind 2 DRSReplicaSync 3 DRSGetNCChanges 4 DRSUpdateRefs 5 DRSReplicaAdd "
    "6 DRSReplicaDel 7 DRSReplicaModify 8 DRSVerifyNames 9 DRSGetMemberships 10 DRSInterDomainMove "
    "12 DRSCrackNames 13 DRSWriteSPN 14 DRSRemoveDsServer 15 DRSRemoveDsDomain 16 DRSDomainControllerInfo "
    "17 DRSAddEntry 18 DRSExecuteKCC 19 DRSGetReplInfo 20 DRSAddSidHistory 21 DRSGetMemberships2 "
    "22 DRSReplicaVerifyObjects 23 DRSGetObjectExistence 24 DRSQuerySitesByCost",
    "svcctl": "0 CloseServiceHandle 1 ControlService 2 DeleteService 3 LockServiceDatabase "
    "4 QueryServiceObjectSecurity 5 SetServiceObjectSecurity 6 QueryServiceStatus 7 SetServiceStatus "
    "8 UnlockServiceDatabase 9 NotifyBootConfigStatus 11 ChangeServiceConfigW 12 CreateServiceW "
    "13 EnumDependentServicesW 14 EnumServicesStatusW 15 OpenSCManagerW 16 OpenServiceW 17 QueryServiceConfigW "
    "18 QueryServiceLockStatusW 19 StartServiceW 20 GetServiceDisplayNameW 21 GetServiceKeyNameW "
    "23 ChangeServiceConfigA 24 CreateServiceA 25 EnumDependentServicesA 26 EnumServicesStatusA 27 OpenSCManagerA "
    "28 OpenServiceA 29 QueryServiceConfigA 31 StartServiceA 36 ChangeServiceConfig2A 37 ChangeServiceConfig2W "
    "38 QueryServiceConfig2A 39 QueryServiceConfig2W 40 QueryServiceStatusEx 41 EnumServicesStatusExA "
    "42 EnumServicesStatusExW 44 CreateServiceWOW64A 45 CreateServiceWOW64W 64 OpenSCManager2",
    "samr": "0 SamrConnect 1 SamrCloseHandle 2 SamrSetSecurityObject 3 SamrQuerySecurityObject "
    "5 SamrLookupDomainInSamServer 6 SamrEnumerateDomainsInSamServer 7 SamrOpenDomain 8 SamrQueryInformationDomain "
    "9 SamrSetInformationDomain 10 SamrCreateGroupInDomain 11 SamrEnumerateGroupsInDomain 12 SamrCreateUserInDomain "
    "13 SamrEnumerateUsersInDomain 14 SamrCreateAliasInDomain 15 SamrEnumerateAliasesInDomain "
    "16 SamrGetAliasMembership 17 SamrLookupNamesInDomain 18 SamrLookupIdsInDomain 19 SamrOpenGroup "
    "20 SamrQueryInformationGroup 21 SamrSetInformationGroup 22 SamrAddMemberToGroup 23 SamrDeleteGroup "
    "24 SamrRemoveMemberFromGroup 25 SamrGetMembersInGroup 27 SamrOpenAlias 28 SamrQueryInformationAlias "
    "31 SamrAddMemberToAlias 32 SamrRemoveMemberFromAlias 33 SamrGetMembersInAlias 34 SamrOpenUser 35 SamrDeleteUser "
    "36 SamrQueryInformationUser 37 SamrSetInformationUser 38 SamrChangePasswordUser 39 SamrGetGroupsForUser "
    "40 SamrQueryDisplayInformation 44 SamrGetUserDomainPasswordInformation 46 SamrQueryInformationDomain2 "
    "47 SamrQueryInformationUser2 48 SamrQueryDisplayInformation2 50 SamrCreateUser2InDomain "
    "51 SamrQueryDisplayInformation3 55 SamrUnicodeChangePasswordUser2 57 SamrConnect2 58 SamrSetInformationUser2 "
    "62 SamrConnect4 64 SamrConnect5 65 SamrRidToSid",
    "lsarpc": "0 LsarClose 2 LsarEnumeratePrivileges 3 LsarQuerySecurityObject 6 LsarOpenPolicy "
    "7 LsarQueryInformationPolicy 8 LsarSetInformationPolicy 10 LsarCreateAccount 11 LsarEnumerateAccounts "
    "13 LsarEnumerateTrustedDomains 14 LsarLookupNames 15 LsarLookupSids 16 LsarCreateSecret 17 LsarOpenAccount "
    "18 LsarEnumeratePrivilegesAccount 19 LsarAddPrivilegesToAccount 25 LsarOpenTrustedDomain 28 LsarOpenSecret "
    "29 LsarSetSecret 30 LsarQuerySecret 35 LsarEnumerateAccountsWithUserRight 36 LsarEnumerateAccountRights "
    "37 LsarAddAccountRights 38 LsarRemoveAccountRights 42 LsarStorePrivateData 43 LsarRetrievePrivateData "
    "44 LsarOpenPolicy2 45 LsarGetUserName 46 LsarQueryInformationPolicy2 50 LsarEnumerateTrustedDomainsEx "
    "57 LsarLookupSids2 58 LsarLookupNames2 68 LsarLookupNames3 76 LsarLookupSids3 77 LsarLookupNames4",
    "netlogon": "2 NetrLogonSamLogon 3 NetrLogonSamLogoff 4 NetrServerReqChallenge 5 NetrServerAuthenticate "
    "6 NetrServerPasswordSet 7 NetrDatabaseDeltas 8 NetrDatabaseSync 11 NetrGetDCName 12 NetrLogonControl "
    "14 NetrLogonControl2 15 NetrServerAuthenticate2 16 NetrDatabaseSync2 18 NetrLogonControl2Ex "
    "19 NetrEnumerateTrustedDomains 20 DsrGetDcName 21 NetrLogonGetCapabilities 26 NetrServerAuthenticate3 "
    "27 DsrGetDcNameEx 28 DsrGetSiteName 29 NetrLogonGetDomainInfo 30 NetrServerPasswordSet2 "
    "31 NetrServerPasswordGet 34 DsrGetDcNameEx2 36 NetrEnumerateTrustedDomainsEx 39 NetrLogonSamLogonEx "
    "40 DsrEnumerateDomainTrusts 42 NetrServerTrustPasswordsGet 43 DsrGetForestTrustInformation "
    "45 NetrLogonSamLogonWithFlags 46 NetrServerGetTrustInfo",
    "srvsvc": "8 NetrConnectionEnum 9 NetrFileEnum 10 NetrFileGetInfo 11 NetrFileClose 12 NetrSessionEnum "
    "13 NetrSessionDel 14 NetrShareAdd 15 NetrShareEnum 16 NetrShareGetInfo 17 NetrShareSetInfo 18 NetrShareDel "
    "20 NetrShareCheck 21 NetrServerGetInfo 22 NetrServerSetInfo 23 NetrServerDiskEnum 24 NetrServerStatisticsGet "
    "28 NetrRemoteTOD 36 NetrShareEnumSticky",
    "wkssvc": "0 NetrWkstaGetInfo 1 NetrWkstaSetInfo 2 NetrWkstaUserEnum 5 NetrWkstaTransportEnum 8 NetrUseAdd "
    "9 NetrUseGetInfo 10 NetrUseDel 11 NetrUseEnum 20 NetrGetJoinInformation 22 NetrJoinDomain2 23 NetrUnjoinDomain2",
    "winreg": "0 OpenClassesRoot 1 OpenCurrentUser 2 OpenLocalMachine 3 OpenPerformanceData 4 OpenUsers "
    "5 BaseRegCloseKey 6 BaseRegCreateKey 7 BaseRegDeleteKey 8 BaseRegDeleteValue 9 BaseRegEnumKey "
    "10 BaseRegEnumValue 11 BaseRegFlushKey 12 BaseRegGetKeySecurity 13 BaseRegLoadKey 15 BaseRegOpenKey "
    "16 BaseRegQueryInfoKey 17 BaseRegQueryValue 18 BaseRegReplaceKey 19 BaseRegRestoreKey 20 BaseRegSaveKey "
    "21 BaseRegSetKeySecurity 22 BaseRegSetValue 23 BaseRegUnLoadKey 26 BaseRegGetVersion 31 BaseRegSaveKeyEx",
    "atsvc": "0 NetrJobAdd 1 NetrJobDel 2 NetrJobEnum 3 NetrJobGetInfo",
    "ITaskSchedulerService": "0 SchRpcHighestVersion 1 SchRpcRegisterTask 2 SchRpcRetrieveTask 3 SchRpcCreateFolder "
    "4 SchRpcSetSecurity 5 SchRpcGetSecurity 6 SchRpcEnumFolder 7 SchRpcEnumTasks 8 SchRpcEnumInstances "
    "9 SchRpcGetInstanceInfo 10 SchRpcStopInstance 11 SchRpcStop 12 SchRpcRun 13 SchRpcDelete 14 SchRpcRename "
    "15 SchRpcScheduledRuntimes 16 SchRpcGetLastRunInfo 17 SchRpcGetTaskInfo",
    "spoolss": "0 RpcEnumPrinters 1 RpcOpenPrinter 8 RpcGetPrinter 9 RpcAddPrinterDriver 10 RpcEnumPrinterDrivers "
    "29 RpcClosePrinter 62 RpcRemoteFindFirstPrinterChangeNotification "
    "65 RpcRemoteFindFirstPrinterChangeNotificationEx 69 RpcOpenPrinterEx 88 RpcXcvData 89 RpcAddPrinterDriverEx",
    "IRemoteWinspool": "0 RpcAsyncOpenPrinter 20 RpcAsyncClosePrinter 39 RpcAsyncAddPrinterDriver "
    "62 RpcAsyncInstallPrinterDriverFromPackage 63 RpcAsyncUploadPrinterDriverPackage",
    "efsrpc": "0 EfsRpcOpenFileRaw 1 EfsRpcReadFileRaw 2 EfsRpcWriteFileRaw 3 EfsRpcCloseRaw 4 EfsRpcEncryptFileSrv "
    "5 EfsRpcDecryptFileSrv 6 EfsRpcQueryUsersOnFile 7 EfsRpcQueryRecoveryAgents 8 EfsRpcRemoveUsersFromFile "
    "9 EfsRpcAddUsersToFile 12 EfsRpcFileKeyInfo 13 EfsRpcDuplicateEncryptionInfoFile 15 EfsRpcAddUsersToFileEx",
    "netdfs": "1 NetrDfsAdd 2 NetrDfsRemove 4 NetrDfsGetInfo 5 NetrDfsEnum 12 NetrDfsAddStdRoot "
    "13 NetrDfsRemoveStdRoot 21 NetrDfsEnumEx",
    "FileServerVssAgent": "0 GetSupportedVersion 1 SetContext 2 StartShadowCopySet 8 IsPathSupported "
    "9 IsPathShadowCopied 11 DeleteShareMapping",
    "epmapper": "0 ept_insert 1 ept_delete 2 ept_lookup 3 ept_map 4 ept_lookup_handle_free",
    "IRemoteSCMActivator": "3 RemoteGetClassObject 4 RemoteCreateInstance",
    "IActivation": "0 RemoteActivation",
    "IObjectExporter": "0 ResolveOxid 1 SimplePing 2 ComplexPing 3 ServerAlive 4 ResolveOxid2 5 ServerAlive2",
    "IRemUnknown": "3 RemQueryInterface 4 RemAddRef 5 RemRelease",
    "IRemUnknown2": "3 RemQueryInterface 4 RemAddRef 5 RemRelease 6 RemQueryInterface2",
    "IDispatch": "3 GetTypeInfoCount 4 GetTypeInfo 5 GetIDsOfNames 6 Invoke",
    "IWbemServices": "3 OpenNamespace 4 CancelAsyncCall 6 GetObject 7 GetObjectAsync 8 PutClass 10 DeleteClass "
    "12 CreateClassEnum 14 PutInstance 15 PutInstanceAsync 16 DeleteInstance 18 CreateInstanceEnum "
    "19 CreateInstanceEnumAsync 20 ExecQuery 21 ExecQueryAsync 22 ExecNotificationQuery "
    "23 ExecNotificationQueryAsync 24 ExecMethod 25 ExecMethodAsync",
    "IWbemLevel1Login": "3 EstablishPosition 4 RequestChallenge 5 WBEMLogin 6 NTLMLogin",
    "eventlog": "0 ElfrClearELFW 1 ElfrBackupELFW 2 ElfrCloseEL 4 ElfrNumberOfRecords 7 ElfrOpenELW 10 ElfrReadELW",
    "IEventService": "5 EvtRpcRegisterLogQuery 6 EvtRpcClearLog 7 EvtRpcExportLog 11 EvtRpcQueryNext",
    "dnsserver": "0 DnssrvOperation 1 DnssrvQuery 2 DnssrvComplexOperation 3 DnssrvEnumRecords "
    "4 DnssrvUpdateRecord 5 DnssrvOperation2 6 DnssrvQuery2 8 DnssrvEnumRecords2 9 DnssrvUpdateRecord2",
    "InitShutdown": "0 BaseInitiateShutdown 1 BaseAbortShutdown 2 BaseInitiateShutdownEx",
    "ICertPassage": "0 CertServerRequest",
}


def _numbered(text: str) -> dict[int, str]:
    words = text.split()
    return {int(number): name for number, name in zip(words[::2], words[1::2], strict=True)}


OPERATIONS: dict[str, dict[int, str]] = {name: _numbered(text) for name, text in _OPERATIONS.items()}

"""Small made-up lists in the layouts of their publishers. No one on them is anyone."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

LISTS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "lists"

EU_REST = [
    "programKey",
    "annex",
    "measure",
    "startDate",
    "reason",
    "schema",
    "name",
    "alias",
    "weakAlias",
    "previousName",
    "country",
    "nationality",
    "jurisdiction",
    "birthDate",
    "birthPlace",
    "position",
    "passportNumber",
    "gender",
    "appearance",
    "ethnicity",
    "fatherName",
    "motherName",
    "incorporationDate",
    "legalForm",
    "sector",
    "registrationNumber",
    "taxNumber",
    "idNumber",
    "innCode",
    "ogrnCode",
    "kppCode",
    "okpoCode",
    "leiCode",
    "swiftBic",
    "ticker",
    "imoNumber",
    "mmsi",
    "flag",
    "address",
    "phone",
    "email",
    "website",
    "notes",
]
EU_WHOLE = ["celex", "recordId", *EU_REST]
EU_AMENDING = ["amendedCelex", "amendmentCelex", "recordId", *EU_REST]


def csv_text(columns: list[str], rows: list[dict[str, Any]]) -> str:
    """Rows as CSV with a header; columns that a row does not give are empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def eu_row(number: int | str, name: str, *, annex: str = "IV", **more: str) -> dict[str, str]:
    """An entry of a made-up act of 2014."""
    return {
        "celex": "32014R0999", "recordId": str(number), "programKey": "EU-XYZ", "annex": annex,
        "measure": "Export control", "schema": "Company", "name": name, **more,
    }  # fmt: skip


def eu_whole(*rows: dict[str, str]) -> str:
    """A whole act."""
    return csv_text(EU_WHOLE, list(rows))


def eu_amending(act: str, *rows: dict[str, str]) -> str:
    """An amending act."""
    given = [{**row, "amendedCelex": row["celex"], "amendmentCelex": act} for row in rows]
    return csv_text(EU_AMENDING, [{k: v for k, v in row.items() if k != "celex"} for row in given])


def plain(*rows: tuple[str, str], end: str = "\n") -> str:
    """A list of one's own."""
    return "\n".join(["entity_id,name", *(f"{own},{name}" for own, name in rows)]) + end


SDN = '36,"WIDGET AIRLINES",-0- ,"XYZ",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
OFAC = {
    "sdn.csv": SDN
    + '40,"GADGET TRADING OOO",-0- ,"XYZ] [QRS",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Tax ID No. 7704730655 (Russia); '
    "Registration Number 1027700167110 (Russia); Government Gazette Number 42045241 (Russia); Website www.gadget.example; "
    "a.k.a. 'GADGET'; Linked To: WIDGET AIRLINES; D-U-N-S Number 561735674.\"\r\n"
    '41,"SEA SPROCKET","vessel","XYZ",-0- ,"3FAA1","Tug","100","80","Panama","Sprocket Shipping Inc.","Vessel '
    'Registration Identification IMO 9187629; MMSI 356393000; Additional Sanctions Information - Subject to X."\r\n\x1a',
    "alt.csv": '36,12,"aka","WIDGET-AIR",-0- \r\n40,13,"fka","OLD GADGET ZAO",-0- \r\n\x1a',
    "add.csv": '36,25,-0- ,"Havana","Cuba",-0- \r\n40,26,"1 Gadget Street","Moscow 101000","Russia",-0- \r\n\x1a',
    "sdn_comments.csv": "41,\"; a.k.a. 'SPROCK'\"\r\n\x1a",
}

SDN_XML = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://tempuri.org/sdnList.xsd">
  <publshInformation><Publish_Date>03/04/2024</Publish_Date><Record_Count>2</Record_Count></publshInformation>
  <sdnEntry><uid>40</uid><lastName>GADGET TRADING OOO</lastName><sdnType>Entity</sdnType>
    <programList><program>XYZ</program></programList>
    <idList><id><uid>1</uid><idType>Tax ID No.</idType><idNumber>7704730655</idNumber><idCountry>Russia</idCountry></id></idList>
    <akaList><aka><uid>2</uid><type>a.k.a.</type><category>weak</category><lastName>GADGET</lastName></aka>
      <aka><uid>3</uid><type>f.k.a.</type><category>strong</category><lastName>OLD GADGET ZAO</lastName></aka></akaList>
    <addressList><address><uid>4</uid><address1>1 Gadget Street</address1><city>Moscow</city><country>Russia</country></address></addressList>
  </sdnEntry>
  <sdnEntry><uid>41</uid><lastName>SEA SPROCKET</lastName><sdnType>Vessel</sdnType>
    <programList><program>XYZ</program></programList>
    <idList><id><uid>5</uid><idType>Vessel Registration Identification</idType><idNumber>IMO 9187629</idNumber></id></idList>
    <vesselInfo><vesselFlag>Panama</vesselFlag><vesselOwner>Sprocket Shipping Inc.</vesselOwner></vesselInfo>
  </sdnEntry>
</sdnList>
"""

UN_XML = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="2026-02-27T00:00:09.554Z">
  <INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ANY</FIRST_NAME><SECOND_NAME>BODY</SECOND_NAME>
    <UN_LIST_TYPE>XYZ</UN_LIST_TYPE><REFERENCE_NUMBER>XYi.001</REFERENCE_NUMBER><LISTED_ON>2012-12-31</LISTED_ON>
    <NATIONALITY><VALUE>Iraq</VALUE></NATIONALITY>
    <INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Abu Body</ALIAS_NAME></INDIVIDUAL_ALIAS></INDIVIDUAL></INDIVIDUALS>
  <ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>COG CORPORATION</FIRST_NAME><UN_LIST_TYPE>XYZ</UN_LIST_TYPE>
    <REFERENCE_NUMBER>XYe.002</REFERENCE_NUMBER><LISTED_ON>2016-03-02</LISTED_ON><COMMENTS1>IMO number: 9187629.</COMMENTS1>
    <ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>COGCO</ALIAS_NAME></ENTITY_ALIAS>
    <ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>WHEEL CORPORATION</ALIAS_NAME></ENTITY_ALIAS>
    <ENTITY_ADDRESS><CITY>Pyongyang</CITY><COUNTRY>Democratic People's Republic of Korea</COUNTRY></ENTITY_ADDRESS>
  </ENTITY></ENTITIES>
</CONSOLIDATED_LIST>
"""

UK_COLUMNS = [
    "Name 6",
    "Name 1",
    "Name 2",
    "Name 3",
    "Name 4",
    "Name 5",
    "Title",
    "Name Non-Latin Script",
    "DOB",
    "Country of Birth",
    "Nationality",
    "Passport Number",
    "National Identification Number",
    "Position",
    "Address 1",
    "Address 2",
    "Address 3",
    "Address 4",
    "Address 5",
    "Address 6",
    "Post/Zip Code",
    "Country",
    "Other Information",
    "Group Type",
    "Alias Type",
    "Alias Quality",
    "Regime",
    "Listed On",
    "Last Updated",
    "Group ID",
]


def uk_list() -> str:
    """The UK's list as OFSI's notices describe the layout; no file of it was at hand."""
    entity = {"Group Type": "Entity", "Regime": "XYZ", "Listed On": "03/04/2022", "Group ID": "7001"}
    rows = [
        {**entity, "Name 6": "GADGET TRADING LLC", "Alias Type": "Primary name", "Country": "Russia", "Address 1": "1 Gadget Street"},
        {**entity, "Name 6": "GT", "Alias Type": "AKA", "Alias Quality": "Low"},
        {**entity, "Name 6": "OLD GADGET", "Alias Type": "FKA"},
        {"Name 6": "BODY", "Name 1": "Any", "Group Type": "Individual", "Alias Type": "Primary name", "Regime": "XYZ",
         "Listed On": "31/12/2021", "Group ID": "7002", "Nationality": "Syria"},
    ]  # fmt: skip
    return "Last Updated,05/06/2024\n" + csv_text(UK_COLUMNS, rows)


METI = """○ 輸出等に係る禁止措置の対象となるロシア連邦の団体（令和四年外務省告示第一号）
指定日：2022 年03月01 日
最終更新日：2025 年09 月12 日
１ 株式会社ガジェット（別称、ガジェット貿易及び GT）
Gadget Trading JSC, a.k.a., the following two aliases:
-Gadget Bureau; and
-GT Co., Ltd.
所在地：1 Gadget Street, Moscow 101000, Russia; and 12 Side
Lane, Moscow, Russia.2 Ｓスプロケット研究所
Sprocket Institute (SI)
所在地：3 Sprocket Lane, St. Petersburg, Russia.
3 有限会社コグ（旧称、ホイール）
Cog LLC
所在地：Perm, Russia.
"""


def ftm_line(own: str, schema: str, **properties: list[Any]) -> dict[str, Any]:
    """An entity of FollowTheMoney."""
    return {"id": own, "schema": schema, "properties": properties, "datasets": ["made_up"], "last_seen": "2026-03-13T05:41:01"}  # fmt: skip


FTM = [
    ftm_line("c1", "Company", name=["Gadget Trading", "ГАДЖЕТ"], alias=["Gadget"], weakAlias=["GT"], jurisdiction=["ru"], innCode=["7704730655"], topics=["sanction"]),
    ftm_line("c2", "Company", name=["Holding Company"], jurisdiction=["cy"]),
    ftm_line("v1", "Vessel", name=["SEA SPROCKET"], imoNumber=["9187629"], flag=["pa"]),
    ftm_line("v2", "Vessel", name=["OLD TUB"], topics=["sanction"]),
    ftm_line("s1", "Sanction", entity=["c1"], program=["XYZ"], startDate=["2022-03-01"]),
    ftm_line("s2", "Sanction", entity=["v1"], startDate=["2023-05-05"]),
    ftm_line("s3", "Sanction", entity=["v3"], startDate=["2020-01-01"], endDate=["2021-01-01"]),
    ftm_line("v3", "Vessel", name=["FREE BOAT"]),
    ftm_line("o1", "Ownership", owner=["c1"], asset=["c2"], percentage=["60"], startDate=["2019"]),
    ftm_line("d1", "Directorship", director=["c2"], organization=["c1"]),
]  # fmt: skip


def json_lines(entities: list[dict[str, Any]]) -> str:
    """Entities, one a line."""
    return "".join(json.dumps(entity, ensure_ascii=False) + "\n" for entity in entities)


CSL = (
    "_id,source,entity_number,type,programs,name,title,addresses,federal_register_notice,start_date,end_date,standard_order,"
    "license_requirement,license_policy,call_sign,vessel_type,gross_tonnage,gross_registered_tonnage,vessel_flag,vessel_owner,"
    "remarks,source_list_url,alt_names,citizenships,dates_of_birth,nationalities,places_of_birth,source_information_url,ids"
)  # fmt: skip
CSL_ROW = {
    "source": "Entity List (EL) - Bureau of Made Up", "name": "Gadget Trading", "alt_names": "GT; F.K.A. Old Gadget",
    "addresses": "1 Gadget Street, Krasnodar, RU; SY", "start_date": "2022-04-07", "end_date": "",
    "ids": "RU, 7704730655, Tax ID No.; IMO 9187629, Vessel Registration Identification; Subject to X, Additional Sanctions Information -",
}  # fmt: skip

// The script of a media type "Webhook" in Zabbix 5.0 and later. Its parameters are in zabbix-parameters.txt.
var p = JSON.parse(value), url = p.URL, token = p.Token;
delete p.URL;
delete p.Token;
var request = new HttpRequest(); // before Zabbix 5.4: CurlHttpRequest, with AddHeader, Post and Status
request.addHeader('Content-Type: application/json');
request.addHeader('Authorization: Bearer ' + token);
var answer = request.post(url, JSON.stringify(p));
if (request.getStatus() < 200 || request.getStatus() >= 300) {
    throw 'HTTP ' + request.getStatus() + ': ' + answer;
}
return 'OK';

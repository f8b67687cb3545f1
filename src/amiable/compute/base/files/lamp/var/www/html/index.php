<?php
// Shows the rows of the table `message`; /etc/lamp/database.ini has the way into the database.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
try {
    $settings = parse_ini_file('/etc/lamp/database.ini');
    $database = new mysqli('localhost', $settings['user'], $settings['password'], $settings['name']);
    $rows = $database->query('SELECT text, written_at FROM message ORDER BY id')->fetch_all(MYSQLI_ASSOC);
} catch (Throwable $wrong) {
    http_response_code(503);
    error_log($wrong->getMessage());
    exit("The database does not answer yet.\n");
}
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>LAMP</title>
<h1>LAMP on amiable</h1>
<ul>
<?php foreach ($rows as $row): ?>
<li><?= htmlspecialchars($row['text']) ?> <time><?= htmlspecialchars($row['written_at']) ?></time></li>
<?php endforeach ?>
</ul>
</html>

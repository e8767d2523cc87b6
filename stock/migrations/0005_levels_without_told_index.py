from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stock", "0004_levelling_told_at")]

    operations = [migrations.RemoveIndex(model_name="stocklevel", name="stock_level_told")]
